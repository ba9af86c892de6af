//! Taking typed fields out of a JSON object, noting every field of the wrong type, so that error 403 can name them all.

use serde_json::{Map, Value};

use super::answer::ApiError;

/// A JSON object being read. Absent and `null` are the same; unknown fields stay behind unread.
pub(super) struct Fields {
    object: Map<String, Value>,
    wrong: Vec<String>,
}

impl Fields {
    pub(super) fn of(value: Value) -> Result<Self, ApiError> {
        match value {
            Value::Object(object) => Ok(Self {
                object,
                wrong: Vec::new(),
            }),
            _ => Err(ApiError::wrong_fields(&["Body".into()])),
        }
    }

    /// The error that names every wrong field met so far.
    pub(super) fn finish(self) -> Result<(), ApiError> {
        if self.wrong.is_empty() {
            Ok(())
        } else {
            Err(ApiError::wrong_fields(&self.wrong))
        }
    }

    pub(super) fn text(&mut self, field: &str) -> Option<String> {
        self.take(field, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(super) fn flag(&mut self, field: &str) -> Option<bool> {
        self.take(field, |value| value.as_bool())
    }

    pub(super) fn number(&mut self, field: &str) -> Option<u64> {
        self.take(field, |value| value.as_u64())
    }

    pub(super) fn list(&mut self, field: &str) -> Option<Vec<Value>> {
        self.take(field, |value| match value {
            Value::Array(list) => Some(list),
            _ => None,
        })
    }

    pub(super) fn object(&mut self, field: &str) -> Option<Map<String, Value>> {
        self.take(field, |value| match value {
            Value::Object(object) => Some(object),
            _ => None,
        })
    }

    /// A list of objects, each read by `read`; a wrong field inside counts as the list being wrong.
    pub(super) fn objects<T>(
        &mut self,
        field: &str,
        mut read: impl FnMut(&mut Fields) -> T,
    ) -> Vec<T> {
        let mut items = Vec::new();
        for value in self.list(field).unwrap_or_default() {
            let Ok(mut inner) = Fields::of(value) else {
                self.mark(field);
                continue;
            };
            items.push(read(&mut inner));
            if !inner.wrong.is_empty() {
                self.mark(field);
            }
        }
        items
    }

    /// Notes that a field is wrong for a reason its type does not show.
    pub(super) fn mark(&mut self, field: &str) {
        if !self.wrong.iter().any(|it| it == field) {
            self.wrong.push(field.to_owned());
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
