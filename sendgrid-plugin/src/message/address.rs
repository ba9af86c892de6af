//! Addresses as SendGrid takes them.

use std::borrow::Cow;
use std::collections::HashSet;

use plugin_api::{Mailbox, SendError};
use serde::Serialize;

use crate::SERVICE;

/// An address and a name.
#[derive(Serialize, PartialEq)]
pub(crate) struct Address<'a> {
    pub(crate) email: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
}

impl<'a> Address<'a> {
    /// The mailbox of a field, which errors name.
    pub(super) fn of(field: &str, mailbox: &'a Mailbox) -> Result<Self, SendError> {
        let email = ascii_address(mailbox.address()).map_err(|problem| {
            SendError::unsupported(field, format!("{SERVICE}: `{field}`: {problem}"))
        })?;
        Ok(Self {
            email,
            name: mailbox.name().filter(|name| !name.is_empty()).map(quoted),
        })
    }
}

/// The mailboxes of a field; errors give the place in the list: `To[2]`.
pub(super) fn list<'a>(
    field: &str,
    mailboxes: impl Iterator<Item = &'a Mailbox>,
) -> Result<Vec<Address<'a>>, SendError> {
    let addresses = mailboxes.enumerate();
    addresses
        .map(|(place, mailbox)| Address::of(&format!("{field}[{place}]"), mailbox))
        .collect()
}

/// Leaves each address where it stands first: SendGrid refuses a message that names one twice in To, Cc and Bcc, or in ReplyTo.
pub(super) fn once_each<const LISTS: usize>(lists: [&mut Vec<Address<'_>>; LISTS]) {
    let mut seen = HashSet::new();
    for list in lists {
        list.retain(|address| seen.insert(address.email.to_ascii_lowercase()));
    }
}

/// Names with a comma or a semicolon were cut apart unless they were quoted; whether that is still so is not documented.
fn quoted(name: &str) -> Cow<'_, str> {
    if name.contains([',', ';']) {
        return Cow::Owned(format!("\"{}\"", name.replace('"', "'")));
    }
    Cow::Borrowed(name)
}

/// The address with its domain in ASCII. Source: SendGrid's manual, which takes no Unicode in addresses.
pub(crate) fn ascii_address(address: &str) -> Result<Cow<'_, str>, &'static str> {
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    if !local.is_ascii() {
        return Err("has a character before the `@` that SendGrid does not carry");
    }
    if domain.is_ascii() {
        return Ok(Cow::Borrowed(address));
    }
    let domain = idna::domain_to_ascii(domain)
        .map_err(|_| "has a domain that cannot be written in ASCII (IDNA)")?;
    Ok(Cow::Owned(format!("{local}@{domain}")))
}
