//! Addresses as Postmark takes them: names quoted and escaped, domains in ASCII.

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

/// The mailbox with its domain in ASCII: Postmark's published check knows no other letters. It has no mailboxes with other letters
/// before the `@` at all. Source: its support article on ErrorCode 300; the fact sheet's 2.1.
pub(crate) fn wire_address(mailbox: &Mailbox) -> Result<Cow<'_, Mailbox>, &'static str> {
    if mailbox.address().is_ascii() {
        return Ok(Cow::Borrowed(mailbox));
    }
    let (local, domain) = mailbox.address().rsplit_once('@').unwrap_or_default();
    if !local.is_ascii() {
        return Err("has a character outside ASCII before the `@`, which Postmark does not carry");
    }
    let wrong = "has a domain that cannot be written in ASCII (IDNA)";
    let domain = idna::domain_to_ascii(domain).map_err(|_| wrong)?;
    let bare = Mailbox::new(format!("{local}@{domain}")).map_err(|_| wrong)?;
    let named = bare.named(mailbox.name().unwrap_or_default());
    named.map(Cow::Owned).map_err(|_| wrong)
}
