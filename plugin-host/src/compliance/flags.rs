//! Flags as people and programs set them, list them and ask for their evidence.

use jiff::Timestamp;
use plugin_api::{SuppressionOrigin, TrackingId};
use serde::{Deserialize, Serialize};

use super::{AccountKey, Contact, ContactAddress, FlagReason, LeadKey, Word};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// The word it is stored under.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            pub(crate) fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How the host heard of a flag.
    FlagSource {
        /// The ProcessUnsubscribe endpoint.
        Callback = "callback",
        /// A provider's webhook.
        Webhook = "webhook",
        /// The host's own one-click link.
        OneClick = "one-click",
        /// The host's API.
        Api = "api",
        /// The command line.
        Command = "command",
        /// An imported list.
        Import = "import",
        /// A provider's own suppression list.
        Sync = "sync",
        /// A way this version has no word for.
        Unknown = "unknown",
    }
}

words! {
    /// Who asked for a flag, or for its end.
    FlagOrigin {
        /// The person who is mailed.
        Recipient = "recipient",
        /// The owner of the account at the service.
        Customer = "customer",
        /// The service.
        Service = "service",
        /// A person or program that works with this host.
        Operator = "operator",
        /// Not said.
        Unknown = "unknown",
    }
}

impl From<SuppressionOrigin> for FlagOrigin {
    fn from(origin: SuppressionOrigin) -> Self {
        match origin {
            SuppressionOrigin::Recipient => Self::Recipient,
            SuppressionOrigin::Customer => Self::Customer,
            SuppressionOrigin::Admin => Self::Service,
            _ => Self::Unknown,
        }
    }
}

/// A change that a person or a program asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagChange {
    /// The account. Needed for a lead; for an address, `None` means every account.
    pub account: Option<String>,
    /// The lead to flag.
    pub lead: Option<String>,
    /// The address to flag.
    pub address: Option<String>,
    /// What is asked. [`Word::Lift`] ends every flag that stands now; for a lead, also those that its own messages brought upon
    /// addresses, for whoever lifts them sees the lead and not the addresses.
    pub word: Word,
    /// When it happened; `None`: now. A time to come counts as now.
    pub at: Option<Timestamp>,
    /// How the host heard of it.
    pub source: FlagSource,
    /// Why, in the words of whoever asked. Shown as evidence; not for secrets.
    pub note: Option<String>,
}

/// A change that names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FlagChangeFault {
    /// Neither lead nor address.
    #[error("name a lead or an address; nothing was changed")]
    Nobody,
    /// A lead without its account.
    #[error("a lead belongs to an account; name the account as well; nothing was changed")]
    LeadWithoutAccount,
}

impl FlagChange {
    /// Whom it is about.
    ///
    /// # Errors
    /// When it names nobody, or a lead without its account.
    pub fn contacts(&self) -> Result<Vec<Contact>, FlagChangeFault> {
        let account = self.account.as_deref().map(AccountKey::of);
        let named = |text: &&str| !text.trim().is_empty();
        let lead = self.lead.as_deref().filter(named).map(|lead| {
            Ok(Contact::Lead {
                account: account.clone().ok_or(FlagChangeFault::LeadWithoutAccount)?,
                lead: LeadKey::of(lead),
            })
        });
        let address = self.address.as_deref().filter(named).map(|address| {
            Ok(Contact::Address {
                account: account.clone(),
                address: ContactAddress::of(address),
            })
        });
        let contacts: Vec<Contact> = lead.into_iter().chain(address).collect::<Result<_, _>>()?;
        if contacts.is_empty() {
            return Err(FlagChangeFault::Nobody);
        }
        Ok(contacts)
    }
}

/// What a change did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FlagOutcome {
    /// Whether anything is different now; a repeat changes nothing.
    pub changed: bool,
    /// Messages to these contacts whose call to a provider had not ended when the change was committed: at most so many can
    /// still reach them.
    pub calls_in_flight: u32,
}

/// A word about a contact, with its evidence: one row of the history, which is only ever added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flag {
    /// The row's number, rising.
    pub evidence: i64,
    /// Whom it is about.
    #[serde(flatten)]
    pub contact: Contact,
    /// Do not contact, or contact is allowed again.
    pub suppress: bool,
    /// The reason it speaks about.
    pub reason: FlagReason,
    /// When it happened.
    pub at: Timestamp,
    /// When the host wrote it down.
    pub recorded_at: Timestamp,
    /// Who asked.
    pub origin: FlagOrigin,
    /// How the host heard of it.
    pub source: FlagSource,
    /// The message it came from.
    #[serde(serialize_with = "as_text", skip_serializing_if = "Option::is_none")]
    pub tracking_id: Option<TrackingId>,
    /// The service's id of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The stored webhook it came in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub webhook: Option<i64>,
    /// In the words of whoever asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is known of a lead: contact is allowed when `flags` is empty, though an address may be flagged by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContactState {
    /// The account's key.
    pub account: AccountKey,
    /// The lead's key.
    pub lead: LeadKey,
    /// The flags that stand for the lead, the gravest first: since when, why, from where, and by which message.
    pub flags: Vec<Flag>,
    /// The flags that stand for addresses at which the lead was mailed: they are left out of its messages.
    pub addresses: Vec<Flag>,
}

impl ContactState {
    /// Whether the lead must not be contacted.
    pub fn is_flagged(&self) -> bool {
        !self.flags.is_empty()
    }
}

/// Which flags to list. What is `None` does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagFilter {
    /// Flags that hold in this account, those for every account included.
    pub account: Option<String>,
    /// Flags of this lead.
    pub lead: Option<String>,
    /// Flags of this address.
    pub address: Option<String>,
    /// Flags for this reason.
    pub reason: Option<FlagReason>,
    /// The whole history instead of what stands now.
    pub history: bool,
    /// Only rows after this evidence number: where the next page begins.
    pub after: i64,
    /// So many at the most; `None`: 500.
    pub count: Option<u32>,
}

fn as_text<S: serde::Serializer>(
    id: &Option<TrackingId>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    id.map(|id| id.to_string()).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(account: Option<&str>, lead: Option<&str>, address: Option<&str>) -> FlagChange {
        FlagChange {
            account: account.map(ToOwned::to_owned),
            lead: lead.map(ToOwned::to_owned),
            address: address.map(ToOwned::to_owned),
            word: Word::Lift,
            at: None,
            source: FlagSource::Api,
            note: None,
        }
    }

    #[test]
    fn a_change_names_a_lead_in_its_account_or_an_address_or_both() {
        let both = change(Some("A"), Some("L"), Some("ann@example.com"));
        assert_eq!(both.contacts().unwrap().len(), 2);
        let everywhere = change(None, None, Some("ann@example.com"));
        let expected = Contact::Address {
            account: None,
            address: ContactAddress::of("ann@example.com"),
        };
        assert_eq!(everywhere.contacts(), Ok(vec![expected]));
    }

    #[test]
    fn a_change_that_names_nobody_is_refused() {
        for (named, fault) in [
            (change(Some("A"), None, None), FlagChangeFault::Nobody),
            (change(None, None, Some(" ")), FlagChangeFault::Nobody),
            (
                change(None, Some("L"), None),
                FlagChangeFault::LeadWithoutAccount,
            ),
        ] {
            assert_eq!(named.contacts(), Err(fault));
        }
    }
}
