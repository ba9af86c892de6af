//! Keeping a provider's secrets out of what its plugin says.
//!
//! A plugin that prints its settings, or a library of its that logs a request's headers, must not put a token into the host's log. Which
//! settings are secrets stands in the schema (`writeOnly`); their values are known; so they are taken out of every text.

use plugin_api::{CreateError, Lookup, SendError, WebhookError};
use serde_json::Value;

/// Replaces the values of secret settings by `***`.
pub(super) struct Redactor(Vec<String>);

/// Shorter values are found in any text; they protect nothing anyway.
const SHORTEST: usize = 4;

impl Redactor {
    pub(super) fn new(schema: &Value, settings: &Value) -> Self {
        let mut secrets = Vec::new();
        collect(schema, schema, settings, 0, &mut secrets);
        secrets.retain(|secret| secret.len() >= SHORTEST);
        // The longest first: one may be part of another.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    pub(super) fn text(&self, text: String) -> String {
        let hide = |text: String, secret: &String| {
            if text.contains(secret) {
                text.replace(secret, "***")
            } else {
                text
            }
        };
        self.0.iter().fold(text, hide)
    }

    pub(super) fn create_error(&self, error: CreateError) -> CreateError {
        let mut clean = CreateError::new(self.text(error.message));
        clean.setting = error.setting;
        clean
    }

    pub(super) fn send_error(&self, error: SendError) -> SendError {
        let mut clean = SendError::new(error.kind, self.text(error.message));
        clean.provider_code = error.provider_code.map(|code| self.text(code));
        // What comes over the boundary has one cause, the complete text of all.
        let cause = error.cause.map(|cause| self.text(cause.to_string()));
        clean.cause = cause.map(Into::into);
        clean
    }

    pub(super) fn webhook_error(&self, error: WebhookError) -> WebhookError {
        WebhookError::new(error.kind, self.text(error.message))
    }

    pub(super) fn lookup(&self, lookup: Lookup) -> Lookup {
        match lookup {
            Lookup::Unknown { why } => Lookup::unknown(self.text(why)),
            other => other,
        }
    }
}

/// A schema comes from a plugin and may lead in circles.
const DEEPEST: u32 = 32;

/// Walks schema and settings together.
fn collect(root: &Value, schema: &Value, settings: &Value, depth: u32, secrets: &mut Vec<String>) {
    if depth == DEEPEST {
        return;
    }
    for same in referenced(root, schema) {
        collect(root, same, settings, depth + 1, secrets);
    }
    match settings {
        Value::String(text) if schema.get("writeOnly") == Some(&Value::Bool(true)) => {
            secrets.push(text.clone());
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let own = schema.get("properties").and_then(|all| all.get(name));
                if let Some(field) = own.or_else(|| schema.get("additionalProperties")) {
                    collect(root, field, value, depth + 1, secrets);
                }
            }
        }
        Value::Array(values) => {
            for (value, items) in values.iter().zip(schema.get("items").into_iter().cycle()) {
                collect(root, items, value, depth + 1, secrets);
            }
        }
        _ => {}
    }
}

/// The schemas that describe the same value as this one does.
fn referenced<'a>(root: &'a Value, schema: &'a Value) -> impl Iterator<Item = &'a Value> {
    let target = schema.get("$ref").and_then(Value::as_str);
    let target = target
        .and_then(|target| target.strip_prefix('#'))
        .and_then(|path| root.pointer(path));
    let choices = ["anyOf", "oneOf", "allOf"]
        .into_iter()
        .filter_map(|key| schema.get(key)?.as_array())
        .flatten();
    target.into_iter().chain(choices)
}

#[cfg(test)]
mod tests {
    use plugin_api::{SendError, schemars, settings};
    use serde_json::json;

    use super::Redactor;

    #[settings]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Settings {
        token: plugin_api::Secret,
        base_url: String,
        spare: Option<plugin_api::Secret>,
        keys: Vec<plugin_api::Secret>,
        nested: Option<Nested>,
    }

    #[settings]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Nested {
        password: plugin_api::Secret,
    }

    fn redactor() -> Redactor {
        let schema = serde_json::to_value(schemars::schema_for!(Settings)).unwrap();
        let settings = json!({
            "token": "tok-1234", "base_url": "https://example.com", "spare": "tok-1234-spare", "keys": ["key-a", "key-b"],
            "nested": { "password": "hunter22" },
        });
        Redactor::new(&schema, &settings)
    }

    #[test]
    fn every_secret_setting_is_taken_out_and_nothing_else() {
        let text = "tok-1234 tok-1234-spare key-a key-b hunter22 https://example.com";
        assert_eq!(
            redactor().text(text.to_owned()),
            "*** *** *** *** *** https://example.com"
        );
    }

    #[test]
    fn an_error_keeps_its_kind_and_loses_its_secrets_down_to_the_cause() {
        let error = SendError::unavailable("token tok-1234 refused").caused_by("hunter22");
        let clean = redactor().send_error(error);
        assert_eq!(clean.kind, plugin_api::SendErrorKind::Unavailable);
        assert_eq!(clean.message, "token *** refused");
        assert_eq!(clean.cause.unwrap().to_string(), "***");
    }

    #[test]
    fn a_schema_that_leads_in_circles_comes_to_an_end() {
        let schema = json!({ "$ref": "#" });
        Redactor::new(&schema, &json!({ "token": "tok-1234" }));
        let schema = json!({ "anyOf": [{ "$ref": "#" }], "allOf": [] });
        Redactor::new(&schema, &json!("tok-1234"));
    }
}
