//! One message per row of a CSV file: `{{Column}}` in the message's texts stands for the row's value.
//!
//! In `HtmlBody` values are escaped. Three braces are left alone: `{{{ pm:unsubscribe }}}` is the unsubscribe link, not a column.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Letter;

/// A message and the columns it may speak of.
#[derive(Debug)]
pub(crate) struct Merger {
    letter: Letter,
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

/// Why the rows cannot be merged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
    /// The file cannot be read as CSV with a heading line.
    #[error("{}: {source}; expected CSV in UTF-8 with a heading line", path.display())]
    Csv { path: PathBuf, source: csv::Error },
    /// There is nobody in it.
    #[error("{}: there is no row below the heading line", path.display())]
    Empty { path: PathBuf },
    /// The message speaks of a column that is not there.
    #[error("{{{{{name}}}}} is no column of {}; its columns: {}", path.display(), columns.join(", "))]
    Unknown {
        name: String,
        path: PathBuf,
        columns: Vec<String>,
    },
}

impl Merger {
    /// Reads the rows and checks that every column the message speaks of is there.
    ///
    /// # Errors
    /// As [`MergeError`] says; nothing has been sent then.
    pub(crate) fn new(letter: Letter, path: &Path) -> Result<Self, MergeError> {
        let wrong = |source| MergeError::Csv {
            path: path.to_owned(),
            source,
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_path(path)
            .map_err(wrong)?;
        let headings = reader.headers().map_err(wrong)?.clone();
        let columns: Vec<String> = headings
            .iter()
            .map(|heading| heading.trim_start_matches('\u{feff}').to_owned())
            .collect();
        let rows: Vec<_> = reader.records().collect::<Result<_, _>>().map_err(wrong)?;
        if rows.is_empty() {
            return Err(MergeError::Empty {
                path: path.to_owned(),
            });
        }
        let merger = Self {
            letter,
            columns,
            rows,
        };
        merger.check_columns(path)?;
        Ok(merger)
    }

    /// The messages, in the order of the rows.
    pub(crate) fn letters(&self) -> impl Iterator<Item = Value> + '_ {
        self.rows.iter().map(|row| {
            let value = |name: &str| {
                let place = self.columns.iter().position(|column| column == name)?;
                row.get(place)
            };
            let merged = self.letter.0.iter().map(|(field, template)| {
                let escape = if field == "HtmlBody" { html } else { plain };
                (
                    field.clone(),
                    merged(field, template, &|name| value(name).map(escape)),
                )
            });
            Value::Object(merged.collect())
        })
    }

    fn check_columns(&self, path: &Path) -> Result<(), MergeError> {
        let unknown = std::cell::RefCell::new(None);
        let note = |name: &str| {
            if !self.columns.iter().any(|column| column == name) {
                unknown.borrow_mut().get_or_insert_with(|| name.to_owned());
            }
            None
        };
        for (field, template) in &self.letter.0 {
            merged(field, template, &note);
        }
        match unknown.into_inner() {
            None => Ok(()),
            Some(name) => Err(MergeError::Unknown {
                name,
                path: path.to_owned(),
                columns: self.columns.clone(),
            }),
        }
    }
}

type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Every text below `value`, merged. Attached content is bytes, not text.
fn merged(field: &str, value: &Value, lookup: &Lookup<'_>) -> Value {
    match value {
        Value::String(text) if field != "Content" => merged_text(text, lookup).into(),
        Value::Array(list) => list
            .iter()
            .map(|place| merged(field, place, lookup))
            .collect(),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .map(|(name, place)| (name.clone(), merged(name, place, lookup)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn merged_text(text: &str, lookup: &Lookup<'_>) -> String {
    let mut merged = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let (before, braces) = rest.split_at(at);
        merged.push_str(before);
        let (open, close) = if braces.starts_with("{{{") {
            ("{{{", "}}}")
        } else {
            ("{{", "}}")
        };
        let Some(end) = braces.find(close) else {
            rest = braces;
            break;
        };
        let name = braces[open.len()..end].trim();
        let whole = &braces[..end + close.len()];
        let value = if close == "}}" { lookup(name) } else { None };
        match value {
            Some(value) => merged.push_str(&value),
            None => merged.push_str(whole),
        }
        rest = &braces[whole.len()..];
    }
    merged.push_str(rest);
    merged
}

fn plain(value: &str) -> String {
    value.to_owned()
}

fn html(value: &str) -> String {
    maud::html! { (value) }.into_string()
}
