//! Whom a flag is about, and how far it reaches.

use serde::{Deserialize, Serialize};

use super::{AccountKey, ContactAddress, LeadKey};

/// How far a flag on an address reaches. A lead belongs to one account, so its flag never reaches further.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlagScope {
    /// The account the message was sent for.
    #[default]
    Account,
    /// Every account of this host.
    Global,
}

/// Somebody who can be flagged. Stored with `subject` = `lead` or `address`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "kebab-case")]
pub enum Contact {
    /// A lead of an account.
    Lead {
        /// Its account.
        account: AccountKey,
        /// The lead.
        lead: LeadKey,
    },
    /// A mail address.
    Address {
        /// In this account alone; `None`: in every account.
        account: Option<AccountKey>,
        /// The address.
        address: ContactAddress,
    },
}

impl Contact {
    /// An address, as far as flags on addresses reach by configuration.
    pub fn address(scope: FlagScope, account: &AccountKey, address: ContactAddress) -> Self {
        let account = match scope {
            FlagScope::Account => Some(account.clone()),
            FlagScope::Global => None,
        };
        Self::Address { account, address }
    }
}

/// What a notice needs to know of a message: whom it was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressees {
    /// The account it was sent for.
    pub account: AccountKey,
    /// The lead it was for.
    pub lead: Option<LeadKey>,
    /// Who stands in To.
    pub to: Vec<ContactAddress>,
}

impl Addressees {
    /// Whom somebody's wish about this message concerns.
    ///
    /// The address that is named, and the lead if that address stands in To: somebody in Cc or Bcc, or somebody it was forwarded
    /// to, does not speak for the lead. Where no address is named, the lead and everybody in To, for one of them it was.
    pub fn concerned(&self, named: Option<&ContactAddress>, scope: FlagScope) -> Vec<Contact> {
        let addresses = named.map_or_else(|| self.to.clone(), |named| vec![named.clone()]);
        let speaks_for_lead = named.is_none_or(|named| self.to.contains(named));
        let lead = self.lead.iter().filter(|_| speaks_for_lead);
        lead.map(|lead| Contact::Lead {
            account: self.account.clone(),
            lead: lead.clone(),
        })
        .chain(
            addresses
                .into_iter()
                .map(|address| Contact::address(scope, &self.account, address)),
        )
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message() -> Addressees {
        Addressees {
            account: AccountKey::of("A"),
            lead: Some(LeadKey::of("L")),
            to: vec![address("ann@example.com"), address("bob@example.com")],
        }
    }

    fn address(text: &str) -> ContactAddress {
        ContactAddress::of(text)
    }

    fn lead() -> Contact {
        Contact::Lead {
            account: AccountKey::of("A"),
            lead: LeadKey::of("L"),
        }
    }

    fn in_account(text: &str) -> Contact {
        Contact::address(FlagScope::Account, &AccountKey::of("A"), address(text))
    }

    #[test]
    fn somebody_in_to_speaks_for_the_lead() {
        let named = address("Bob@example.com");
        assert_eq!(
            message().concerned(Some(&named), FlagScope::Account),
            [lead(), in_account("bob@example.com")]
        );
    }

    #[test]
    fn somebody_in_copy_speaks_for_themselves_alone() {
        let named = address("copy@example.com");
        assert_eq!(
            message().concerned(Some(&named), FlagScope::Account),
            [in_account("copy@example.com")]
        );
    }

    #[test]
    fn where_nobody_is_named_the_lead_and_everybody_in_to_are_meant() {
        let concerned = message().concerned(None, FlagScope::Global);
        let everywhere = |text| Contact::Address {
            account: None,
            address: address(text),
        };
        assert_eq!(
            concerned,
            [
                lead(),
                everywhere("ann@example.com"),
                everywhere("bob@example.com")
            ]
        );
    }
}
