//! Reading a template: tags, and the blocks they open and close.

use super::{BlockKind, Node, Parsed};

/// Where and why a template is not one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator::postmark) struct SyntaxError {
    pub(in crate::simulator::postmark) message: String,
    pub(in crate::simulator::postmark) line: usize,
    /// From 1, in characters.
    pub(in crate::simulator::postmark) column: usize,
}

enum Tag<'a> {
    Comment,
    /// `{{{ pm:… }}}`, which is for the delivery to fill in.
    Service,
    Value {
        path: &'a str,
        raw: bool,
    },
    Open {
        kind: BlockKind,
        path: &'a str,
    },
    Close(&'a str),
}

/// Reads a template.
pub(in crate::simulator::postmark) fn parse(source: &str) -> Result<Parsed, SyntaxError> {
    let mut open: Vec<(BlockKind, String, usize, Vec<Node>)> = Vec::new();
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some(start) = source[at..].find("{{").map(|found| at + found) {
        push_text(&mut nodes, &source[at..start]);
        let (tag, raw, end) = tag_at(source, start)?;
        at = end;
        match read_tag(tag, raw) {
            Tag::Comment => {}
            Tag::Service => push_text(&mut nodes, &source[start..end]),
            Tag::Value { path, raw } => nodes.push(Node::Value {
                path: path.to_owned(),
                raw,
            }),
            Tag::Open { kind, path } => {
                open.push((kind, path.to_owned(), start, std::mem::take(&mut nodes)));
            }
            Tag::Close(name) => {
                let Some((kind, path, _, outer)) = open.pop() else {
                    return Err(error(
                        source,
                        start,
                        format!("'{{{{/{name}}}}}' closes a block that is not open."),
                    ));
                };
                let expected = if kind == BlockKind::Each {
                    "each"
                } else {
                    path.as_str()
                };
                if name != expected {
                    let what = format!(
                        "'{{{{/{name}}}}}' closes the block '{expected}', which is still open."
                    );
                    return Err(error(source, start, what));
                }
                let inner = std::mem::replace(&mut nodes, outer);
                nodes.push(Node::Block { kind, path, inner });
            }
        }
    }
    push_text(&mut nodes, &source[at..]);
    match open.pop() {
        Some((_, path, start, _)) => Err(error(
            source,
            start,
            format!("The block '{path}' is never closed."),
        )),
        None => Ok(Parsed(nodes)),
    }
}

/// The inside of the tag that begins at `start`, whether it has three braces, and where it ends.
fn tag_at(source: &str, start: usize) -> Result<(&str, bool, usize), SyntaxError> {
    let raw = source[start..].starts_with("{{{");
    let (braces, closing) = if raw { (3, "}}}") } else { (2, "}}") };
    let inside = start + braces;
    let length = source[inside..].find(closing);
    let length = length.ok_or_else(|| {
        error(
            source,
            start,
            format!("The tag is never closed with '{closing}'."),
        )
    })?;
    Ok((
        source[inside..inside + length].trim(),
        raw,
        inside + length + closing.len(),
    ))
}

fn read_tag(tag: &str, raw: bool) -> Tag<'_> {
    if tag.to_ascii_lowercase().starts_with("pm:") {
        return Tag::Service;
    }
    if raw {
        return Tag::Value {
            path: tag,
            raw: true,
        };
    }
    let rest = |prefix: usize| tag[prefix..].trim();
    match tag.as_bytes().first() {
        Some(b'!') => Tag::Comment,
        Some(b'&') => Tag::Value {
            path: rest(1),
            raw: true,
        },
        Some(b'/') => Tag::Close(rest(1)),
        Some(b'^') => Tag::Open {
            kind: BlockKind::Inverted,
            path: rest(1),
        },
        Some(b'#') => match rest(1)
            .strip_prefix("each")
            .filter(|list| list.starts_with(char::is_whitespace))
        {
            Some(list) => Tag::Open {
                kind: BlockKind::Each,
                path: list.trim(),
            },
            None => Tag::Open {
                kind: BlockKind::Scope,
                path: rest(1),
            },
        },
        _ => Tag::Value {
            path: tag,
            raw: false,
        },
    }
}

fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if !text.is_empty() {
        nodes.push(Node::Text(text.to_owned()));
    }
}

fn error(source: &str, at: usize, message: String) -> SyntaxError {
    let before = &source[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    SyntaxError {
        message,
        line: 1 + before.matches('\n').count(),
        column: 1 + before[line_start..].chars().count(),
    }
}
