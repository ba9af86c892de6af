//! Whom an account has proven to be.

/// Who may be in `From`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Senders {
    /// Everybody.
    #[default]
    Any,
    /// These; everybody else is refused (Postmark: error 400, SendGrid: 403).
    Only {
        /// Addresses, or domains without `@`, that may send.
        confirmed: Vec<String>,
        /// Addresses whose confirmation is still awaited (Postmark: error 401, SendGrid: 403).
        unconfirmed: Vec<String>,
    },
}

/// What is known of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Confirmed,
    Unconfirmed,
    Unknown,
}

impl Senders {
    /// Looks a bare address up, by itself and by its domain; letter case does not matter.
    pub(super) fn standing(&self, address: &str) -> Standing {
        let Self::Only {
            confirmed,
            unconfirmed,
        } = self
        else {
            return Standing::Confirmed;
        };
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        let names = |list: &[String]| {
            list.iter()
                .any(|it| it.eq_ignore_ascii_case(address) || it.eq_ignore_ascii_case(domain))
        };
        match (names(unconfirmed), names(confirmed)) {
            (true, _) => Standing::Unconfirmed,
            (_, true) => Standing::Confirmed,
            _ => Standing::Unknown,
        }
    }
}
