//! Who a flag is about, in the one spelling in which flags are compared.
//!
//! A person must not slip through because an id came back in upper case or an address with a capital letter, so every way in
//! (accept, webhook, callback, command line) makes its keys here.

use std::fmt;

use plugin_api::TrackingId;
use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident, $canonical:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The key of a text, however it is written.
            pub fn of(text: &str) -> Self {
                Self($canonical(text))
            }

            /// The key as it is stored and compared.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::of(&text)
            }
        }

        impl From<$name> for String {
            fn from(key: $name) -> Self {
                key.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// A CRM account. A GUID has one key in any spelling (upper case, braces, without hyphens); other ids differ by letter case.
    /// The empty key stands for messages that name no account.
    #[derive(Debug, Default)]
    AccountKey, canonical_uid
}

key! {
    /// A lead within an account. A GUID has one key in any spelling; other ids differ by letter case.
    #[derive(Debug)]
    LeadKey, canonical_uid
}

key! {
    /// A mail address: letter case is ignored, and an international domain has one key in both its spellings.
    ContactAddress, canonical_address
}

/// Addresses are personal data: `Debug` shows the domain only.
impl fmt::Debug for ContactAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        write!(f, "ContactAddress(***@{domain})")
    }
}

impl AccountKey {
    /// The key of an optional id; messages without an account share the empty key.
    pub fn of_optional(account: Option<&str>) -> Self {
        account.map(Self::of).unwrap_or_default()
    }
}

fn canonical_uid(text: &str) -> String {
    let text = text.trim();
    text.parse::<TrackingId>()
        .map_or_else(|_| text.to_owned(), |id| id.to_string())
}

fn canonical_address(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else {
        return lower;
    };
    match idna::domain_to_ascii(domain) {
        Ok(ascii) if !ascii.is_empty() => format!("{local}@{ascii}"),
        _ => lower,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_has_one_key_and_another_id_keeps_its_letters() {
        let plain = AccountKey::of("0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21");
        for text in [
            "0B9D3F2E-6A0E-4B52-8A53-5D0C1B9F7E21",
            "{0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21}",
            " 0b9d3f2e6a0e4b528a535d0c1b9f7e21 ",
        ] {
            assert_eq!(AccountKey::of(text), plain, "{text}");
        }
        assert_ne!(AccountKey::of("ACME"), AccountKey::of("acme"));
        assert_eq!(AccountKey::of_optional(None), AccountKey::default());
    }

    #[test]
    fn an_address_has_one_key_however_it_is_written() {
        for (one, other) in [
            (" Ann@Example.COM", "ann@example.com"),
            ("ann@Bücher.example", "ann@xn--bcher-kva.example"),
            ("ÄNN@example.com", "änn@example.com"),
        ] {
            assert_eq!(ContactAddress::of(one), ContactAddress::of(other), "{one}");
        }
        assert_ne!(
            ContactAddress::of("ann@a.example"),
            ContactAddress::of("ann@b.example")
        );
        assert_eq!(
            ContactAddress::of("not an address").as_str(),
            "not an address"
        );
    }

    #[test]
    fn a_key_of_a_key_is_itself() {
        for text in [
            "Ann@Bücher.example",
            "@",
            "a@b@ü",
            "a@--",
            "",
            "x@xn--zzzzz",
        ] {
            let key = ContactAddress::of(text);
            assert_eq!(ContactAddress::of(key.as_str()), key, "{text}");
        }
    }

    #[test]
    fn debug_does_not_show_who_it_is() {
        assert_eq!(
            format!("{:?}", ContactAddress::of("ann@example.com")),
            "ContactAddress(***@example.com)"
        );
    }
}
