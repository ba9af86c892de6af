//! Guessing the model a template wants.

use serde_json::{Map, Value};

use super::{BlockKind, Node, Parsed};

impl Parsed {
    /// A model with every name the template uses, as `POST /templates/validate` suggests one.
    pub(in crate::simulator::postmark) fn suggest_model(&self, model: &mut Map<String, Value>) {
        suggest(&self.0, model);
    }
}

fn suggest(nodes: &[Node], model: &mut Map<String, Value>) {
    for node in nodes {
        match node {
            Node::Value { path, .. } => {
                place(model, path, |name| Value::String(format!("{name}_Value")));
            }
            Node::Block { kind, path, inner } => {
                let mut below = Map::new();
                suggest(inner, &mut below);
                let value = match (kind, below.is_empty()) {
                    (BlockKind::Each, true) => {
                        Value::Array(vec![Value::String("item_Value".into())])
                    }
                    (BlockKind::Each, false) => Value::Array(vec![Value::Object(below)]),
                    (_, true) => Value::String(format!("{path}_Value")),
                    (_, false) => Value::Object(below),
                };
                place(model, path, |_| value);
            }
            Node::Text(_) => {}
        }
    }
}

/// Puts a value at `a.b` unless something is there; ways up are left out, they name another scope.
fn place(model: &mut Map<String, Value>, path: &str, value: impl FnOnce(&str) -> Value) {
    match path.split_once('.') {
        _ if path.is_empty() || path == "this" || path.starts_with('.') => {}
        None => {
            model.entry(path.to_owned()).or_insert_with(|| value(path));
        }
        Some((first, rest)) => {
            let below = model
                .entry(first.to_owned())
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(below) = below {
                place(below, rest, value);
            }
        }
    }
}
