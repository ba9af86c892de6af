//! Filling a model into a template.

use serde_json::Value;

use super::{BlockKind, Node, Parsed};
use crate::simulator::html::escape_html;

/// One place in the model, and how it was reached.
#[derive(Clone, Copy)]
struct Scope<'a> {
    value: &'a Value,
    parent: Option<&'a Scope<'a>>,
}

impl Parsed {
    /// Fills in a model. Missing values are empty; values are HTML-escaped when `escape` is set, except raw ones.
    ///
    /// # Errors
    /// When `each` meets something that is no list.
    pub(in crate::simulator::postmark) fn render(
        &self,
        model: &Value,
        escape: bool,
    ) -> Result<String, String> {
        let mut output = String::new();
        render(
            &self.0,
            &Scope {
                value: model,
                parent: None,
            },
            escape,
            &mut output,
        )?;
        Ok(output)
    }
}

fn render(
    nodes: &[Node],
    scope: &Scope<'_>,
    escape: bool,
    output: &mut String,
) -> Result<(), String> {
    for node in nodes {
        match node {
            Node::Text(text) => output.push_str(text),
            Node::Value { path, raw } => {
                scope.find(path, |found| {
                    output.push_str(&printed(found.value, escape && !raw));
                });
            }
            Node::Block { kind, path, inner } => {
                scope.find(path, |found| {
                    render_block(*kind, path, inner, found, escape, output)
                })?;
            }
        }
    }
    Ok(())
}

fn render_block(
    kind: BlockKind,
    path: &str,
    inner: &[Node],
    found: &Scope<'_>,
    escape: bool,
    output: &mut String,
) -> Result<(), String> {
    match (kind, found.exists()) {
        (BlockKind::Scope, true) | (BlockKind::Inverted, false) => {
            render(inner, found, escape, output)
        }
        (BlockKind::Scope, false) | (BlockKind::Inverted, true) | (BlockKind::Each, false) => {
            Ok(())
        }
        (BlockKind::Each, true) => {
            let Value::Array(items) = found.value else {
                return Err(format!(
                    "The template uses '{path}' as a list, but the model has something else there."
                ));
            };
            items.iter().try_for_each(|item| {
                render(
                    inner,
                    &Scope {
                        value: item,
                        parent: Some(found),
                    },
                    escape,
                    output,
                )
            })
        }
    }
}

impl Scope<'_> {
    /// Goes along `a.b`, `.`, `this` or `../c` and hands over the place reached, missing or not.
    fn find<T>(&self, path: &str, then: impl FnOnce(&Scope<'_>) -> T) -> T {
        if let Some(rest) = path.strip_prefix("..") {
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            return self.parent.unwrap_or(self).find(rest, then);
        }
        let (name, rest) = path.split_once('.').unwrap_or((path, ""));
        match name {
            "" | "this" if rest.is_empty() => then(self),
            "" | "this" => self.find(rest, then),
            _ => {
                let value = self.value.get(name).unwrap_or(&Value::Null);
                Scope {
                    value,
                    parent: Some(self),
                }
                .find(rest, then)
            }
        }
    }

    /// Nothing, false, an empty text and an empty list count as not there.
    fn exists(&self) -> bool {
        match self.value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => true,
        }
    }
}

fn printed(value: &Value, escape: bool) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if escape { escape_html(&text) } else { text }
}
