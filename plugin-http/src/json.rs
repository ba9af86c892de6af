//! Reading JSON that a service wrote: names in any letter case, numbers as text, nothing required.

use plugin_api::serde_json::{Map, Value};
use plugin_api::{Timestamp, parse_time};

/// A JSON object whose fields are asked for by name.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The value as an object, if it is one.
    pub fn of(value: &'a Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// The field of this name, else of this name in other letter case; `null` is absent.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        let spelled_otherwise = || {
            let mut fields = self.0.iter();
            let (_, value) = fields.find(|(found, _)| found.eq_ignore_ascii_case(name))?;
            Some(value)
        };
        let value = self.0.get(name).or_else(spelled_otherwise)?;
        (!value.is_null()).then_some(value)
    }

    /// Whether there is such a field, and it is not `null`.
    pub fn has(self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A text, or a number as text; an empty one is absent.
    pub fn text(self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A whole number, or a text that is one.
    pub fn integer(self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// True or false, or a text that says so.
    pub fn flag(self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }

    /// A point in time, with `Z` or an offset, with any number of fraction digits.
    pub fn time(self, name: &str) -> Option<Timestamp> {
        parse_time(&self.text(name)?)
    }

    /// An id; some clients model "none" as an id of zeros.
    pub fn id(self, name: &str) -> Option<String> {
        self.text(name)
            .filter(|id| id.chars().any(|c| c != '0' && c != '-'))
    }

    /// The objects of a list; what is no object is left out.
    pub fn objects(self, name: &str) -> impl Iterator<Item = Fields<'a>> {
        let list = self.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Fields::of)
    }

    /// A text of the object under a name.
    pub fn text_in(self, object: &str, name: &str) -> Option<String> {
        Fields::of(self.get(object)?)?.text(name)
    }
}
