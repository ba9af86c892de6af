//! Addresses as SMTP takes them: domains in ASCII, so that only the part before `@` may need SMTPUTF8.

use std::fmt;

use lettre::Address;
use lettre::message::Mailbox as HeaderMailbox;
use plugin_api::{Mailbox, SendError};

/// A field, and the place in it where it is a list: `To[2]`.
#[derive(Clone, Copy)]
pub(super) struct Field<'a>(pub(super) &'a str, pub(super) Option<usize>);

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(place) => write!(f, "{}[{place}]", self.0),
            None => f.write_str(self.0),
        }
    }
}

/// The address for commands.
pub(super) fn wire_address(mailbox: &Mailbox, field: Field<'_>) -> Result<Address, SendError> {
    let unsupported = |problem: &str| {
        SendError::unsupported(field.to_string(), format!("smtp: `{field}`: {problem}"))
    };
    let (local, domain) = mailbox
        .address()
        .rsplit_once('@')
        .ok_or_else(|| unsupported("has no `@`"))?;
    let domain = match domain.is_ascii() {
        true => domain.to_owned(),
        false => idna::domain_to_ascii(domain)
            .map_err(|_| unsupported("has a domain with no form in ASCII"))?,
    };
    Address::new(local, domain)
        .map_err(|_| unsupported("is no address that SMTP can carry (RFC 5321)"))
}

/// The mailbox for headers: a name in any script beside it.
pub(super) fn header_mailbox(
    mailbox: &Mailbox,
    field: Field<'_>,
) -> Result<HeaderMailbox, SendError> {
    let address = wire_address(mailbox, field)?;
    Ok(HeaderMailbox::new(
        mailbox.name().map(str::to_owned),
        address,
    ))
}
