//! An address with its display name.

use super::Reader;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator::sendgrid) struct Mailbox {
    pub(in crate::simulator::sendgrid) name: Option<String>,
    /// As it was written.
    pub(in crate::simulator::sendgrid) email: String,
}

impl Mailbox {
    /// Reads `{"email", "name"}`; nothing when there is no good address in it.
    pub(super) fn read(place: &Reader<'_>) -> Option<Self> {
        let email = place.at("email");
        let (name, address) = (place.at("name").text(), email.text());
        match address {
            Some(address) if is_address(address) => Some(Self {
                name: name.filter(|name| !name.is_empty()).map(str::to_owned),
                email: address.to_owned(),
            }),
            Some(_) => {
                email.refuse("Does not contain a valid address.");
                None
            }
            None if !email.is_there() => {
                email.refuse("The email parameter is required.");
                None
            }
            None => None,
        }
    }

    pub(super) fn list(place: &Reader<'_>) -> Vec<Self> {
        place.items().iter().filter_map(Self::read).collect()
    }

    /// The address by which lists and filters know it.
    pub(in crate::simulator::sendgrid) fn key(&self) -> String {
        self.email.to_ascii_lowercase()
    }

    /// As a header shows it.
    pub(in crate::simulator::sendgrid) fn written(&self) -> String {
        match &self.name {
            Some(name) => format!(
                "\"{}\" <{}>",
                name.replace('\\', "\\\\").replace('"', "\\\""),
                self.email
            ),
            None => self.email.clone(),
        }
    }
}

/// A mailbox and a domain of ASCII. What else the service asks of them is not published.
pub(in crate::simulator::sendgrid) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let local_is_fine = !local.is_empty()
        && local
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&it));
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    local_is_fine && domain.split('.').all(label_is_fine)
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_ascii_and_have_two_sides() {
        for good in ["ann@example.com", "a.b+c@x-y.example", "a@localhost"] {
            assert!(is_address(good), "{good}");
        }
        for wrong in [
            "",
            "ann",
            "@example.com",
            "ann@",
            "a b@example.com",
            "ann@exa mple.com",
            "ann@example..com",
            "Ann <ann@example.com>",
            "zoë@example.com",
            "ann@exämple.com",
            "a@b\r\n",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
