//! Reading a JSON object leniently: absent and `null` are the same, unknown fields stay unread, and every field of a wrong
//! type is noted, so that one refusal names them all.

use serde_json::{Map, Value};

use crate::web::PostmarkError;

/// An object being read.
pub(super) struct Fields {
    object: Map<String, Value>,
    /// What stands before a field's name in a refusal: `Attachments[2].`
    prefix: String,
    wrong: Vec<String>,
}

impl Fields {
    /// # Errors
    /// When the value is not an object.
    pub(super) fn of(value: Value) -> Result<Self, PostmarkError> {
        match value {
            Value::Object(object) => Ok(Self::at(String::new(), object)),
            _ => Err(PostmarkError::unprocessable(
                402,
                "The request body must be a JSON object.",
            )),
        }
    }

    fn at(prefix: String, object: Map<String, Value>) -> Self {
        Self {
            object,
            prefix,
            wrong: Vec::new(),
        }
    }

    /// # Errors
    /// Names every field of a wrong type met so far.
    pub(super) fn finish(&self) -> Result<(), PostmarkError> {
        if self.wrong.is_empty() {
            return Ok(());
        }
        Err(PostmarkError::wrong_fields(&self.wrong))
    }

    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        self.take(field, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// A text that is not blank.
    pub(super) fn filled_text(&mut self, field: &str) -> Option<String> {
        self.text(field).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn boolean(&mut self, field: &str) -> Option<bool> {
        self.take(field, |value| value.as_bool())
    }

    pub(super) fn number(&mut self, field: &str) -> Option<u64> {
        self.take(field, |value| value.as_u64())
    }

    pub(super) fn object(&mut self, field: &str) -> Option<Map<String, Value>> {
        self.take(field, |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        })
    }

    pub(super) fn list(&mut self, field: &str) -> Option<Vec<Value>> {
        self.take(field, |value| match value {
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    /// A list of objects, each read by `read`.
    pub(super) fn objects<T>(
        &mut self,
        field: &str,
        mut read: impl FnMut(&mut Fields) -> T,
    ) -> Vec<T> {
        let mut items = Vec::new();
        for (index, value) in self.list(field).unwrap_or_default().into_iter().enumerate() {
            let Value::Object(object) = value else {
                self.wrong.push(format!("{}{field}[{index}]", self.prefix));
                continue;
            };
            let mut inner = Fields::at(format!("{}{field}[{index}].", self.prefix), object);
            items.push(read(&mut inner));
            self.wrong.append(&mut inner.wrong);
        }
        items
    }

    /// Takes every field whose name is one of `name`'s spellings in upper and lower case.
    pub(super) fn take_any_case(&mut self, name: &str) -> Vec<Value> {
        take_any_case(&mut self.object, name)
    }

    /// Notes a field as wrong for a reason its type does not show.
    pub(super) fn mark(&mut self, field: &str) {
        let name = format!("{}{field}", self.prefix);
        if !self.wrong.contains(&name) {
            self.wrong.push(name);
        }
    }

    fn take<T>(&mut self, field: &str, read: impl FnOnce(Value) -> Option<T>) -> Option<T> {
        let value = self.object.remove(field).filter(|value| !value.is_null())?;
        let read = read(value);
        if read.is_none() {
            self.mark(field);
        }
        read
    }
}

/// Removes the entries whose name is `name` in any letter case; `null` is not an entry.
pub(super) fn take_any_case(object: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    let spellings: Vec<String> = object
        .keys()
        .filter(|key| key.eq_ignore_ascii_case(name))
        .cloned()
        .collect();
    spellings
        .iter()
        .filter_map(|key| object.remove(key))
        .filter(|value| !value.is_null())
        .collect()
}
