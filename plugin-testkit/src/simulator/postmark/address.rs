//! Address lists as Postmark reads them, with the texts of error 300 that were seen live.

use super::answer::ApiError;

/// One address with its display name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mailbox {
    pub(super) name: Option<String>,
    /// As it was written.
    pub(super) email: String,
}

impl Mailbox {
    /// The address by which lists and filters know it.
    pub(super) fn key(&self) -> String {
        self.email.to_ascii_lowercase()
    }

    pub(super) fn domain(&self) -> String {
        self.key()
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_owned())
            .unwrap_or_default()
    }
}

/// Reads `Name <a@b>, "Lee, Ann" <c@d>`; empty text is an empty list.
pub(super) fn parse_list(field: &str, text: &str) -> Result<Vec<Mailbox>, ApiError> {
    split(text)
        .ok_or_else(|| parsing(field, "Unclosed quoted string"))?
        .iter()
        .filter(|part| !part.trim().is_empty())
        .map(|part| parse_one(field, part.trim()))
        .collect()
}

/// Whether a bare address would be taken, for lists of addresses only.
pub(super) fn is_address(text: &str) -> bool {
    check("To", text).is_ok()
}

fn parse_one(field: &str, text: &str) -> Result<Mailbox, ApiError> {
    let bracket = text.ends_with('>').then(|| text.rfind('<')).flatten();
    let (name, email) = match bracket {
        Some(at) => (
            unquoted(text[..at].trim()),
            text[at + 1..text.len() - 1].trim(),
        ),
        None => (None, text),
    };
    check(field, email)?;
    Ok(Mailbox {
        name,
        email: email.to_owned(),
    })
}

fn check(field: &str, email: &str) -> Result<(), ApiError> {
    let Some((local, domain)) = email.rsplit_once('@') else {
        let what = format!("Illegal email address '{email}'. It must contain the '@' symbol.");
        return Err(parsing(field, &what));
    };
    let local_is_fine = !local.is_empty()
        && local
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b".!#$%&'`*+-/=^_{}|~".contains(&it));
    if !local_is_fine {
        return Err(parsing(
            field,
            &format!("Illegal email mailbox '{local}' in address '{email}'."),
        ));
    }
    if !legal_domain(domain) {
        return Err(parsing(
            field,
            &format!("Illegal email domain '{domain}' in address '{email}'."),
        ));
    }
    match domain.contains('.') {
        true => Ok(()),
        false => Err(ApiError::invalid_email(format!(
            "Invalid '{field}' address: '{email}'."
        ))),
    }
}

/// Postmark's published rule: letters, digits and hyphens, with single dots before them.
fn legal_domain(domain: &str) -> bool {
    let labels = domain.strip_prefix('.').unwrap_or(domain);
    labels.split('.').all(|label| {
        !label.is_empty()
            && label
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    })
}

fn parsing(field: &str, what: &str) -> ApiError {
    ApiError::invalid_email(format!("Error parsing '{field}': {what}"))
}

/// Splits at commas outside quotes; nothing when a quote stays open. A quotation mark after a backslash never closes, not even after
/// two: so it was seen live.
fn split(text: &str) -> Option<Vec<String>> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut after_backslash) = (false, false);
    for character in text.chars() {
        match character {
            ',' if !quoted => {
                parts.push(String::new());
                continue;
            }
            '"' if !after_backslash => quoted = !quoted,
            _ => {}
        }
        after_backslash = quoted && character == '\\';
        if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    (!quoted).then_some(parts)
}

fn unquoted(name: &str) -> Option<String> {
    let inner = name.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let plain = match inner {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => name.to_owned(),
    };
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        parse_list("To", text).unwrap_err().message
    }

    #[test]
    fn names_commas_and_quotes_are_read() {
        let list = parse_list(
            "To",
            r#"ann@example.com, "Lee, \"Ann\"" <Ann@Example.com>, Zoë <z@example.com>,"#,
        );
        let list = list.unwrap();
        assert_eq!(
            list[0],
            Mailbox {
                name: None,
                email: "ann@example.com".into()
            }
        );
        assert_eq!(list[1].name.as_deref(), Some("Lee, \"Ann\""));
        assert_eq!(list[1].key(), "ann@example.com");
        assert_eq!(list[2].name.as_deref(), Some("Zoë"));
        assert_eq!(list.len(), 3);
    }

    #[test]
    fn refusals_have_the_words_seen_live() {
        assert_eq!(
            refusal("x@localhost"),
            "Invalid 'To' address: 'x@localhost'."
        );
        assert_eq!(
            refusal("Jane Doe, Doe <j@example.com>"),
            "Error parsing 'To': Illegal email address 'Jane Doe'. It must contain the '@' symbol."
        );
        assert_eq!(
            refusal("user@+"),
            "Error parsing 'To': Illegal email domain '+' in address 'user@+'."
        );
        assert_eq!(
            refusal(r#""Foo\" <a@example.com>"#),
            "Error parsing 'To': Unclosed quoted string"
        );
        assert_eq!(
            refusal(r#""//UwU\\" <a@example.com>"#),
            "Error parsing 'To': Unclosed quoted string"
        );
    }

    #[test]
    fn rubbish_is_refused_and_never_panics() {
        for text in [
            "<",
            ">",
            "<>",
            "@",
            "a@",
            "@b.c",
            "ü@example.com",
            "a@b..c",
            "\"",
            "a@b.c>",
            "<a@b.c",
        ] {
            assert!(parse_list("To", text).is_err(), "{text}");
        }
    }
}
