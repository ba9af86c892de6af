//! Reading typed values out of JSON, noting every problem with the path of its field, so that one refusal can name them all.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::answer::Problem;

/// Every problem met so far.
#[derive(Debug, Default)]
pub(super) struct Problems(RefCell<Vec<Problem>>);

/// A place in a JSON document. Absent and `null` are the same; unknown fields are not looked at.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    value: Option<&'a Value>,
    path: String,
    problems: &'a Problems,
}

impl Problems {
    pub(super) fn note(&self, field: impl Into<String>, message: impl Into<String>) {
        let problem = Problem::of_field(field, message);
        self.0.borrow_mut().push(problem);
    }

    pub(super) fn take(&self) -> Vec<Problem> {
        self.0.take()
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a Value, problems: &'a Problems) -> Self {
        Self {
            value: Some(document),
            path: String::new(),
            problems,
        }
    }

    /// A field of what must be an object, if it is there at all.
    pub(super) fn at(&self, name: &str) -> Self {
        let value = self.object().and_then(|it| it.get(name));
        Self {
            value: value.filter(|value| !value.is_null()),
            path: self.join(name),
            problems: self.problems,
        }
    }

    pub(super) fn is_there(&self) -> bool {
        self.value.is_some()
    }

    /// Notes a problem with this place.
    pub(super) fn refuse(&self, message: impl Into<String>) {
        self.problems.note(&self.path, message);
    }

    pub(super) fn text(&self) -> Option<&'a str> {
        self.typed("string", Value::as_str)
    }

    pub(super) fn flag(&self) -> Option<bool> {
        self.typed("boolean", Value::as_bool)
    }

    pub(super) fn integer(&self) -> Option<i64> {
        self.typed("integer", Value::as_i64)
    }

    pub(super) fn object(&self) -> Option<&'a Map<String, Value>> {
        self.typed("object", Value::as_object)
    }

    /// The items of a list; none where there is no list.
    pub(super) fn items(&self) -> Vec<Self> {
        let items = self.typed("array", Value::as_array).map(Vec::as_slice);
        let reader = |(place, value): (usize, &'a Value)| Self {
            value: Some(value).filter(|value| !value.is_null()),
            path: self.join(&place.to_string()),
            problems: self.problems,
        };
        let items = items.unwrap_or_default().iter().enumerate();
        items.map(reader).collect()
    }

    /// The pairs of an object whose values are all texts.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let names = self.object().into_iter().flat_map(Map::keys);
        let pair = |name: &String| Some((name.clone(), self.at(name).text()?.to_owned()));
        names.filter_map(pair).collect()
    }

    fn typed<T>(&self, expected: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.value?;
        let read = read(value);
        if read.is_none() {
            let given = kind(value);
            self.refuse(format!(
                "Invalid type. Expected: {expected}, given: {given}."
            ));
        }
        read
    }

    fn join(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
