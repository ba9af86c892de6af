//! Postmark's template language, as far as its public pages describe it: `{{value}}`, `{{{raw}}}`, `{{#scope}}`,
//! `{{^inverted}}`, `{{#each list}}`, `{{.}}`, `{{a.b}}`, `{{../up}}` and comments.
//!
//! It looks like Mustache and is not: a scope does not iterate, names are not looked up in outer scopes, and inside `each`
//! the way up leads through the list (`../../name`). No Mustache library behaves so, hence this folder.

mod parse;
mod render;
mod suggest;

pub(super) use parse::{SyntaxError, parse};

/// A template that was understood.
#[derive(Debug)]
pub(super) struct Parsed(Vec<Node>);

#[derive(Debug)]
enum Node {
    Text(String),
    Value {
        path: String,
        raw: bool,
    },
    Block {
        kind: BlockKind,
        path: String,
        inner: Vec<Node>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BlockKind {
    Scope,
    Inverted,
    Each,
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::{Map, Value, json};

    fn rendered(source: &str, model: Value) -> String {
        parse(source).unwrap().render(&model, true).unwrap()
    }

    #[test]
    fn values_are_escaped_and_raw_ones_are_not() {
        let model = json!({ "name": "<Ann & Bob>", "n": 3, "deep": { "er": "x" } });
        assert_eq!(
            rendered("{{name}} {{{ name }}} {{& name}}", model.clone()),
            "&lt;Ann &amp; Bob&gt; <Ann & Bob> <Ann & Bob>"
        );
        assert_eq!(
            rendered("{{n}}{{deep.er}}{{missing}}{{! gone }}", model),
            "3x"
        );
    }

    #[test]
    fn scopes_lists_and_the_way_up() {
        let model = json!({ "company": "ACME", "people": [{ "name": "A" }, { "name": "B" }], "tags": ["x", "y"], "off": false });
        assert_eq!(
            rendered(
                "{{#each people}}{{name}}@{{../../company}};{{/each}}",
                model.clone()
            ),
            "A@ACME;B@ACME;"
        );
        assert_eq!(
            rendered("{{#each tags}}{{.}}{{/each}}", model.clone()),
            "xy"
        );
        assert_eq!(
            rendered(
                "{{#off}}no{{/off}}{{^off}}yes{{/off}}{{#each none}}no{{/each}}",
                model.clone()
            ),
            "yes"
        );
        assert_eq!(rendered("{{#people}}once{{/people}}", model), "once");
    }

    #[test]
    fn service_placeholders_are_left_for_the_delivery() {
        assert_eq!(
            rendered("a {{{ pm:unsubscribe }}} b", json!({})),
            "a {{{ pm:unsubscribe }}} b"
        );
    }

    #[test]
    fn errors_name_the_place() {
        let wrong = |source: &str| parse(source).unwrap_err();
        assert_eq!(
            (wrong("a\n {{#x}}").line, wrong("a\n {{#x}}").column),
            (2, 2)
        );
        for source in [
            "{{",
            "{{{a}}",
            "{{/x}}",
            "{{#a}}{{/b}}",
            "{{#each a}}{{/a}}",
        ] {
            assert!(parse(source).is_err(), "{source}");
        }
        let scalar = parse("{{#each a}}{{/each}}")
            .unwrap()
            .render(&json!({ "a": 1 }), true);
        assert!(scalar.unwrap_err().contains("'a'"));
    }

    #[test]
    fn a_model_is_suggested() {
        let mut model = Map::new();
        parse("{{a}}{{b.c}}{{#each d}}{{e}}{{/each}}")
            .unwrap()
            .suggest_model(&mut model);
        assert_eq!(
            Value::Object(model),
            json!({ "a": "a_Value", "b": { "c": "c_Value" }, "d": [{ "e": "e_Value" }] })
        );
    }
}
