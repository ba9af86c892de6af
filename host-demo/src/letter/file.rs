//! A message file: JSON in the form of the sending API, or `.eml`.
//!
//! In a JSON file `HtmlBodyFile` and `TextBodyFile` name files to take the bodies from, and `File` in an attachment names the
//! file to attach (its `Name` and `ContentType` follow from it when they are not given). Paths are relative to the JSON file.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::eml;

/// A message as the sending API takes it, before anything was checked.
#[derive(Debug, Clone)]
pub(crate) struct Letter(pub(crate) Map<String, Value>);

/// Why a file gives no message.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LetterError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        path: PathBuf,
        source: std::io::Error,
    },
    /// It is not what its name promises.
    #[error("{}: {problem}", path.display())]
    Invalid { path: PathBuf, problem: String },
}

impl Letter {
    /// Reads a message file; `.eml` is a mail message, everything else is JSON.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub(crate) fn read(path: &Path) -> Result<Self, LetterError> {
        let bytes = bytes(path)?;
        let is_eml = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("eml"));
        let letter = if is_eml {
            eml::read(&bytes).map_err(|problem| invalid(path, problem))?
        } else {
            let mut letter = object(path, &bytes)?;
            take_in_files(path, &mut letter)?;
            letter
        };
        Ok(Self(letter))
    }
}

fn object(path: &Path, bytes: &[u8]) -> Result<Map<String, Value>, LetterError> {
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(invalid(
            path,
            "expected one JSON object with `From`, `To`, `Subject` and a body; for many messages use `--each leads.csv`",
        )),
        Err(fault) => Err(invalid(path, format!("is not valid JSON: {fault}"))),
    }
}

fn take_in_files(path: &Path, letter: &mut Map<String, Value>) -> Result<(), LetterError> {
    let beside = |name: &str| path.parent().unwrap_or(Path::new("")).join(name);
    for (key, field) in [("HtmlBodyFile", "HtmlBody"), ("TextBodyFile", "TextBody")] {
        if let Some(name) = text(path, letter.remove(key), key)? {
            let body = String::from_utf8(bytes(&beside(&name))?)
                .map_err(|_| invalid(&beside(&name), "is not UTF-8 text"))?;
            letter.insert(field.to_owned(), body.into());
        }
    }
    let attachments = letter.get_mut("Attachments").and_then(Value::as_array_mut);
    for attachment in attachments
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
    {
        if let Some(name) = text(path, attachment.remove("File"), "Attachments[].File")? {
            let file = beside(&name);
            let content = STANDARD.encode(bytes(&file)?);
            let own_name = file.file_name().unwrap_or_default().to_string_lossy();
            attachment.insert("Content".to_owned(), content.into());
            attachment.entry("Name").or_insert_with(|| own_name.into());
            attachment
                .entry("ContentType")
                .or_insert_with(|| media_type(&file).into());
        }
    }
    Ok(())
}

fn text(path: &Path, value: Option<Value>, key: &str) -> Result<Option<String>, LetterError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(path, format!("`{key}` must be the name of a file"))),
    }
}

fn media_type(path: &Path) -> &'static str {
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    match extension.as_str() {
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        "html" => "text/html",
        "csv" => "text/csv",
        "ics" => "text/calendar",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, LetterError> {
    fs::read(path).map_err(|source| LetterError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn invalid(path: &Path, problem: impl Into<String>) -> LetterError {
    LetterError::Invalid {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
