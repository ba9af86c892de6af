//! The words of a query.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a keyword or a number.
    Word(String),
    /// A text between quotation marks of either kind.
    Text(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)`, `[`, `]`, `,`
    Sign(&'static str),
}

const SIGNS: [&str; 12] = [
    "!=", "<=", ">=", "<>", "=", "<", ">", "(", ")", "[", "]", ",",
];

/// Splits a query; the words of a refusal when it cannot be.
pub(super) fn split(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = query.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, left) = match first {
            '"' | '\'' => text(rest, first)?,
            _ => match SIGNS.iter().find(|sign| rest.starts_with(*sign)) {
                Some(sign) => (Token::Sign(sign), &rest[sign.len()..]),
                None => word(rest)?,
            },
        };
        tokens.push(token);
        rest = left.trim_start();
    }
    Ok(tokens)
}

/// Up to the same mark again; a backslash takes the next character as it is.
fn text(from: &str, mark: char) -> Result<(Token, &str), String> {
    let mut text = String::new();
    let mut characters = from.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => text.extend(characters.next().map(|(_, it)| it)),
            it if it == mark => return Ok((Token::Text(text), &from[at + mark.len_utf8()..])),
            it => text.push(it),
        }
    }
    Err(format!("invalid syntax: a text is not closed: {from}"))
}

fn word(from: &str) -> Result<(Token, &str), String> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "_.-:".contains(it);
    let end = from.find(|it| !is_part(it)).unwrap_or(from.len());
    match end {
        0 => Err(format!("invalid syntax at: {from}")),
        end => Ok((Token::Word(from[..end].to_owned()), &from[end..])),
    }
}
