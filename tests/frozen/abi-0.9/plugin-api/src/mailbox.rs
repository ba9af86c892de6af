//! One mail address with an optional display name, read from and written to the form people and JSON APIs use:
//! `Ann Lee <ann@example.com>`.

use std::fmt;
use std::str::FromStr;

use abi_stable::StableAbi;
use abi_stable::std_types::{ROption, RString};

/// A mail address and, optionally, the name shown beside it.
///
/// Holds no CR, LF or NUL, so it can never inject a header. The address is `local@domain` with both parts present and without
/// white space; whether a service accepts it is the service's business.
#[repr(C)]
#[derive(Clone, PartialEq, Eq, Hash, StableAbi)]
pub struct Mailbox {
    pub(crate) address: RString,
    pub(crate) name: ROption<RString>,
}

/// Why a text is not a mail address. It does not repeat the text, so it may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct MailboxError {
    problem: &'static str,
}

impl Mailbox {
    /// A bare address.
    ///
    /// # Errors
    /// When the text is not `local@domain`, or holds white space or a control character.
    pub fn new(address: impl Into<String>) -> Result<Self, MailboxError> {
        let address = address.into();
        check_address(&address)?;
        Ok(Self {
            address: address.into(),
            name: ROption::RNone,
        })
    }

    /// The same address with a display name (any Unicode text; empty means none).
    ///
    /// # Errors
    /// When the name holds a control character (CR and LF would start a new header).
    pub fn named(mut self, name: impl Into<String>) -> Result<Self, MailboxError> {
        let name = name.into();
        if name.chars().any(char::is_control) {
            return fault(
                "the display name holds a control character (CR, LF or the like); remove it",
            );
        }
        let name = name.trim();
        self.name = if name.is_empty() {
            ROption::RNone
        } else {
            ROption::RSome(name.into())
        };
        Ok(self)
    }

    /// The address alone, as it was given.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The display name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(RString::as_str).into_option()
    }

    /// The part after the last `@`, as it was given.
    pub fn domain(&self) -> &str {
        self.address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }

    /// Reads a comma-separated list: `Ann <ann@example.com>, "Lee, Bob" <bob@example.com>`. Empty places are skipped.
    ///
    /// # Errors
    /// When one of the places is not a mailbox, or a quotation mark is not closed.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, MailboxError> {
        split_list(text)?
            .into_iter()
            .filter(|place| !place.trim().is_empty())
            .map(str::parse)
            .collect()
    }
}

/// `Ann Lee <ann@example.com>`; a name that holds anything but letters, digits and spaces is quoted, and `"` and `\` in it
/// escaped, so that a name can never pass for a second address.
impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            None => f.write_str(self.address()),
            Some(name) if is_plain(name) => write!(f, "{name} <{}>", self.address),
            Some(name) => {
                let escaped = name.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\" <{}>", self.address)
            }
        }
    }
}

/// Addresses are personal data: `Debug` shows the domain only.
impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mailbox(***@{})", self.domain())
    }
}

impl FromStr for Mailbox {
    type Err = MailboxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let Some(without_end) = text.strip_suffix('>') else {
            return Self::new(text);
        };
        let Some((name, address)) = without_end.rsplit_once('<') else {
            return fault("`>` without `<`; expected `Name <local@domain>`");
        };
        Self::new(address.trim())?.named(unquote(name.trim())?)
    }
}

fn check_address(address: &str) -> Result<(), MailboxError> {
    if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return fault(
            "the address holds white space or a control character; expected `local@domain`",
        );
    }
    if address.contains(['<', '>', ',', ';', '"', '(', ')']) {
        return fault("the address holds one of < > , ; \" ( ); expected `local@domain`");
    }
    match address.rsplit_once('@') {
        Some((local, domain))
            if !local.is_empty() && !domain.is_empty() && !local.contains('@') =>
        {
            Ok(())
        }
        _ => fault("expected `local@domain` with one `@`"),
    }
}

fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == ' ')
}

fn unquote(name: &str) -> Result<String, MailboxError> {
    let Some(rest) = name.strip_prefix('"') else {
        if name.contains(['"', '<', '>', ',']) {
            return fault("a display name with punctuation must stand in quotation marks");
        }
        return Ok(name.to_owned());
    };
    let mut plain = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.extend(characters.next()),
            '"' if characters.as_str().is_empty() => return Ok(plain),
            '"' => return fault("text after the closing quotation mark of a display name"),
            other => plain.push(other),
        }
    }
    fault("a quotation mark in a display name is not closed")
}

/// Splits at commas outside quotation marks and angle brackets.
fn split_list(text: &str) -> Result<Vec<&str>, MailboxError> {
    let (mut places, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                places.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if quoted {
        return fault("a quotation mark is not closed");
    }
    places.push(&text[start..]);
    Ok(places)
}

fn fault<T>(problem: &'static str) -> Result<T, MailboxError> {
    Err(MailboxError { problem })
}

#[cfg(test)]
mod tests {
    use super::Mailbox;

    #[test]
    fn a_name_with_punctuation_comes_back_unchanged() {
        for name in [
            "Lee, Ann",
            r#"x" <a@b>, <c@d"#,
            r"back\slash",
            "Zoë Müller",
            "O'Neil (Sales)",
        ] {
            let mailbox = Mailbox::new("ann@example.com")
                .unwrap()
                .named(name)
                .unwrap();
            let read = Mailbox::parse_list(&mailbox.to_string()).unwrap();
            assert_eq!(read, vec![mailbox], "{name}");
        }
    }

    #[test]
    fn a_list_splits_at_commas_outside_quotation_marks() {
        let list =
            Mailbox::parse_list(r#""Lee, Ann" <ann@example.com>, bob@example.com,"#).unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].name(), Some("Lee, Ann"));
        assert_eq!(list[1].address(), "bob@example.com");
    }

    #[test]
    fn what_is_not_an_address_is_refused_without_repeating_it() {
        for text in [
            "",
            "ann",
            "ann@",
            "@example.com",
            "a b@example.com",
            "ann@example.com\r\nBcc: x@y.z",
            "a@b@c",
            "Lee, Ann <ann@example.com>",
            "\"Ann <ann@example.com>",
            "Ann <ann@example.com",
        ] {
            let error = Mailbox::parse_list(&format!("{text},"))
                .and_then(|list| {
                    list.into_iter()
                        .next()
                        .ok_or_else(|| Mailbox::new("").unwrap_err())
                })
                .unwrap_err();
            assert!(!error.to_string().contains("ann"), "{error}");
        }
    }

    #[test]
    fn a_line_break_in_a_name_is_refused() {
        let mailbox = Mailbox::new("ann@example.com").unwrap();
        assert!(mailbox.named("Ann\r\nBcc: eve@example.com").is_err());
    }
}
