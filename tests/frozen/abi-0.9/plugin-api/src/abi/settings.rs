//! Settings from JSON, with errors that name the setting and never repeat a value: any of them may be a secret.

use serde::de::DeserializeOwned;

use crate::CreateError;

pub(super) fn parse_settings<T: DeserializeOwned>(json: &str) -> Result<T, CreateError> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let settings = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let setting = error.path().to_string();
        let problem = without_values(&without_position(&error.into_inner()));
        // A dot stands for the settings as a whole.
        if setting == "." {
            return CreateError::new(format!("settings: {problem}"));
        }
        let mut error = CreateError::setting(setting, &problem);
        if problem.starts_with("unknown field") {
            error.message = format!("settings: {problem}");
        }
        error
    })?;
    reader
        .end()
        .map_err(|_| CreateError::new("settings: expected one JSON object, found more after it"))?;
    Ok(settings)
}

/// serde_json's texts end with a position in JSON that no operator has ever seen.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

/// serde repeats what it found: "invalid type: string \"…\", expected a boolean". The names of types stay, values go.
fn without_values(text: &str) -> String {
    let found = ["invalid type: ", "invalid value: ", "unknown variant "];
    let Some(start) = found.iter().find(|start| text.starts_with(**start)) else {
        return text.to_owned();
    };
    let (found, expected) = text.rsplit_once(", expected ").unwrap_or((text, ""));
    let kind = found[start.len()..]
        .split(['"', '`'])
        .next()
        .unwrap_or_default();
    let words = format!("{start}{kind}");
    let words = words.trim_end_matches([' ', ':']);
    if expected.is_empty() {
        words.to_owned()
    } else {
        format!("{words}, expected {expected}")
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::parse_settings;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[serde(default, rename = "flag")]
        _flag: bool,
        #[serde(default, rename = "choice")]
        _choice: Choice,
        #[serde(default, rename = "nested")]
        _nested: Option<Box<Settings>>,
    }

    #[derive(Debug, Default, Deserialize)]
    enum Choice {
        #[default]
        Red,
        Blue,
    }

    fn refusal(json: &str) -> (Option<String>, String) {
        let error = parse_settings::<Settings>(json).expect_err("it is refused");
        (error.setting.clone(), error.to_string())
    }

    #[test]
    fn the_setting_is_named_and_its_value_is_not() {
        let cases = [
            (
                r#"{"flag": "s3\", expected cret"}"#,
                "flag",
                "`flag`: invalid type: string, expected a boolean",
            ),
            (
                r#"{"flag": 4711}"#,
                "flag",
                "`flag`: invalid type: integer, expected a boolean",
            ),
            (
                r#"{"nested": {"flag": 1.5}}"#,
                "nested.flag",
                "`nested.flag`: invalid type: floating point, expected a boolean",
            ),
            (
                r#"{"choice": "s3cret"}"#,
                "choice",
                "`choice`: unknown variant, expected `Red` or `Blue`",
            ),
            (
                r#"{"colour": "s3cret"}"#,
                "colour",
                "settings: unknown field `colour`, expected one of `flag`, `choice`, `nested`",
            ),
        ];
        for (json, setting, sentence) in cases {
            assert_eq!(
                refusal(json),
                (Some(setting.to_owned()), sentence.to_owned())
            );
        }
    }

    #[test]
    fn what_is_no_settings_at_all_is_told_as_such() {
        assert_eq!(
            refusal("7").1,
            "settings: invalid type: integer, expected struct Settings"
        );
        assert_eq!(
            refusal("{} {}").1,
            "settings: expected one JSON object, found more after it"
        );
    }
}
