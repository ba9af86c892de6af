//! Changing a configuration that people write by hand: comments, order and spacing stay.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use plugin_host::TrustedKey;
use tempfile::NamedTempFile;
use toml_edit::{Array, DocumentMut, Item, TableLike, Value, table};

use crate::commands::Failure;

/// Adds a key to `plugins.trusted_keys`.
///
/// # Errors
/// When the file cannot be read, understood or replaced; with the line that a person can write there instead.
pub(super) fn add_trusted_key(path: &Path, key: &TrustedKey) -> Result<(), Failure> {
    let fault = |problem: &dyn std::fmt::Display| {
        Failure::failed(format!(
            "{} cannot be changed ({problem}); add \"{key}\" to plugins.trusted_keys yourself",
            path.display()
        ))
    };
    let text = fs::read_to_string(path).map_err(|error| fault(&error))?;
    let text = with_trusted_key(&text, &key.to_string()).map_err(|problem| fault(&problem))?;
    replace(path, &text).map_err(|error| fault(&error))
}

fn with_trusted_key(text: &str, key: &str) -> Result<String, &'static str> {
    let mut document: DocumentMut = text.parse().map_err(|_| "it is not valid TOML")?;
    let plugins = document.entry("plugins").or_insert_with(table);
    let plugins = plugins.as_table_like_mut().ok_or("plugins is no table")?;
    push(keys(plugins).ok_or("plugins.trusted_keys is no list")?, key);
    Ok(document.to_string())
}

fn keys(plugins: &mut dyn TableLike) -> Option<&mut Array> {
    let keys = plugins
        .entry("trusted_keys")
        .or_insert_with(|| Item::from(Array::new()));
    keys.as_array_mut()
}

/// On a line of its own where the last one is.
fn push(keys: &mut Array, key: &str) {
    let before_last = keys.iter().last().and_then(|last| last.decor().prefix());
    let before_last = before_last.and_then(|space| space.as_str());
    match before_last.and_then(|space| space.rsplit_once('\n')) {
        None => keys.push(key),
        Some((_, indent)) => {
            let space = format!("\n{indent}");
            keys.push_formatted(Value::from(key).decorated(space, ""));
        }
    }
}

/// Whole, or as it was before. Who may read it stays as it is: it may hold secrets.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let before = fs::metadata(&path)?;
    let mut file = NamedTempFile::new_in(path.parent().unwrap_or(Path::new("/")))?;
    file.write_all(text.as_bytes())?;
    fchown(file.as_file(), Some(before.uid()), Some(before.gid()))?;
    file.as_file().set_permissions(before.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::with_trusted_key;

    #[test]
    fn everything_else_stays_as_it_is() {
        for (before, after) in [
            ("", "[plugins]\ntrusted_keys = [\"K\"]\n"),
            (
                "# mine\n[server] # here\nlisten = '127.0.0.1:1'\n",
                "# mine\n[server] # here\nlisten = '127.0.0.1:1'\n\n[plugins]\ntrusted_keys = [\"K\"]\n",
            ),
            (
                "[plugins]\nlock = \"a\" # pins\ntrusted_keys = []     # nobody yet\n[store]\n",
                "[plugins]\nlock = \"a\" # pins\ntrusted_keys = [\"K\"]     # nobody yet\n[store]\n",
            ),
            (
                "[plugins]\ntrusted_keys = [ \"A\" ]\n",
                "[plugins]\ntrusted_keys = [ \"A\" , \"K\"]\n",
            ),
            (
                "[plugins]\ntrusted_keys = [\n    # Acme\n    \"A\", # until 2030\n    \"${B}\",\n]\n",
                "[plugins]\ntrusted_keys = [\n    # Acme\n    \"A\", # until 2030\n    \"${B}\",\n    \"K\",\n]\n",
            ),
            (
                "plugins.lock = \"a\"\n",
                "plugins.lock = \"a\"\nplugins.trusted_keys = [\"K\"]\n",
            ),
            (
                "plugins = { lock = \"a\" }\n",
                "plugins = { lock = \"a\" , trusted_keys = [\"K\"] }\n",
            ),
        ] {
            assert_eq!(with_trusted_key(before, "K").as_deref(), Ok(after));
        }
    }
}
