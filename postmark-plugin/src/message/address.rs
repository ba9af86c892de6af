//! Addresses as Postmark takes them: names quoted, domains in ASCII.

use std::borrow::Cow;
use std::fmt;

use plugin_api::{Mailbox, SendError};
use serde::{Serialize, Serializer};

/// A comma-separated list of mailboxes.
pub(crate) struct Addresses<'a>(Vec<Cow<'a, Mailbox>>);

impl<'a> Addresses<'a> {
    /// The list under a field's name, which errors give with the place in the list: `To[2]`.
    pub(super) fn of(
        field: &str,
        mailboxes: impl Iterator<Item = &'a Mailbox>,
    ) -> Result<Self, SendError> {
        let wired = mailboxes.enumerate().map(|(place, mailbox)| {
            wire_address(mailbox).map_err(|problem| {
                let field = format!("{field}[{place}]");
                SendError::unsupported(&field, format!("postmark: `{field}`: {problem}"))
            })
        });
        Ok(Self(wired.collect::<Result<_, _>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Addresses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, mailbox) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(f, "{separator}{mailbox}")?;
        }
        Ok(())
    }
}

impl Serialize for Addresses<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The mailbox as it is sent.
///
/// How Postmark reads `\"` and `\\` inside a quoted name is not documented, and clients have met "Unclosed quoted string" over both. A
/// name that needs neither can never be read as another recipient, so `"` becomes `'` and `\` becomes `/`.
fn wire_address(mailbox: &Mailbox) -> Result<Cow<'_, Mailbox>, &'static str> {
    let address = ascii_address(mailbox.address())?;
    let name = mailbox.name().unwrap_or_default();
    if matches!(address, Cow::Borrowed(_)) && !name.contains(['"', '\\']) {
        return Ok(Cow::Borrowed(mailbox));
    }
    let wrong = "cannot be written in ASCII";
    let bare = Mailbox::new(address).map_err(|_| wrong)?;
    let named = bare.named(name.replace('"', "'").replace('\\', "/"));
    named.map(Cow::Owned).map_err(|_| wrong)
}

/// The address with its domain in ASCII, if Postmark's published check lets it through. Source: its support article on ErrorCode 300;
/// the fact sheet's 2.1.
pub(crate) fn ascii_address(address: &str) -> Result<Cow<'_, str>, &'static str> {
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    if !local.bytes().all(is_legal_before_at) {
        return Err("has a character before the `@` that Postmark does not carry");
    }
    let ascii = match domain.is_ascii() {
        true => Cow::Borrowed(address),
        false => Cow::Owned(format!("{local}@{}", to_ascii(domain)?)),
    };
    let domain = ascii.rsplit_once('@').map_or("", |(_, domain)| domain);
    match is_legal_domain(domain) {
        true => Ok(ascii),
        false => Err(
            "has a domain that Postmark does not carry: it takes letters, digits, hyphens and single dots",
        ),
    }
}

fn to_ascii(domain: &str) -> Result<String, &'static str> {
    idna::domain_to_ascii(domain).map_err(|_| "has a domain that cannot be written in ASCII (IDNA)")
}

fn is_legal_before_at(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'`*+-/=^_{}|~".contains(&byte)
}

fn is_legal_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    domain.split('.').all(is_label)
}
