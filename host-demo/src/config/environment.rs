//! `${NAME}` inside strings of the file stands for an environment variable.

use toml::{Table, Value};

use super::Faults;

/// Looks up an environment variable.
pub(crate) type Lookup<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Replaces `${NAME}` in every string below `table`. A variable that is not set, or a `${` without its end, is a fault of the
/// key it stands at. What a variable holds is taken as it is.
pub(crate) fn fill_in(path: &str, table: &mut Table, lookup: &Lookup<'_>, faults: &Faults) {
    for (key, value) in table.iter_mut() {
        let path = if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        };
        fill_in_value(&path, value, lookup, faults);
    }
}

fn fill_in_value(path: &str, value: &mut Value, lookup: &Lookup<'_>, faults: &Faults) {
    match value {
        Value::String(text) => match filled(text, lookup) {
            Ok(filled) => *text = filled,
            Err(problem) => {
                faults.add(path, problem);
                text.clear();
            }
        },
        Value::Array(list) => {
            for (index, place) in list.iter_mut().enumerate() {
                fill_in_value(&format!("{path}[{index}]"), place, lookup, faults);
            }
        }
        Value::Table(table) => fill_in(path, table, lookup, faults),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {}
    }
}

fn filled(text: &str, lookup: &Lookup<'_>) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after
            .split_once('}')
            .ok_or("holds `${` without `}`; write ${NAME}")?;
        let value = lookup(name).ok_or_else(|| {
            format!("reads the environment variable {name}, which is not set; set it or write the value here")
        })?;
        filled.push_str(before);
        filled.push_str(&value);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}
