//! Which route takes a message: the first that fits.

use serde::{Deserialize, Serialize};

use super::{AddressKey, Route};

/// What a message must look like for a route. Each list that is not empty must fit; an empty list fits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteMatch {
    /// The message's tag is one of these, letter for letter.
    pub tag: Vec<String>,
    /// The message's stream is one of these, letter for letter.
    pub stream: Vec<String>,
    /// The message's account is one of these, letter for letter (account ids may differ in case alone).
    pub account: Vec<String>,
    /// **Every** recipient's domain (To, Cc and Bcc) is one of these, whatever the letter case; subdomains count as
    /// different domains. A route meant for one domain thus never carries mail to another.
    pub recipient_domain: Vec<String>,
}

/// What routing knows of a message. It is stored with each decision and therefore holds no address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingInput {
    /// The message's tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The message's stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<String>,
    /// The CRM's account (AccountUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The domain of each recipient in To, Cc and Bcc that this attempt is for.
    #[serde(default)]
    pub recipient_domains: Vec<String>,
    /// The lead (LeadUID).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// The first address in To.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_to: Option<AddressKey>,
    /// The message's tracking id, in its canonical lower-case form.
    pub tracking_id: String,
}

/// The first of `routes` that fits, or `None` when no route takes the message.
pub fn pick_route<'a>(routes: &'a [Route], input: &RoutingInput) -> Option<&'a Route> {
    routes.iter().find(|route| route.matches.fits(input))
}

impl RouteMatch {
    /// Whether a message with this `input` belongs to the route.
    pub fn fits(&self, input: &RoutingInput) -> bool {
        one_of(&self.tag, input.tag.as_deref())
            && one_of(&self.stream, input.stream.as_deref())
            && one_of(&self.account, input.account.as_deref())
            && all_among(&self.recipient_domain, &input.recipient_domains)
    }
}

fn one_of(wanted: &[String], found: Option<&str>) -> bool {
    wanted.is_empty() || found.is_some_and(|found| wanted.iter().any(|wanted| wanted == found))
}

fn all_among(wanted: &[String], found: &[String]) -> bool {
    let listed = |domain: &String| wanted.iter().any(|wanted| same_domain(wanted, domain));
    wanted.is_empty() || (!found.is_empty() && found.iter().all(listed))
}

fn same_domain(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(ToString::to_string).collect()
    }

    fn route(name: &str, matches: RouteMatch) -> Route {
        let mut route: Route = toml::from_str("name = ''\npool = []").unwrap();
        route.name = name.into();
        route.matches = matches;
        route
    }

    #[test]
    fn the_first_route_that_fits_takes_the_message() {
        let routes = [
            route(
                "resets",
                RouteMatch {
                    tag: words(&["reset", "confirm"]),
                    ..RouteMatch::default()
                },
            ),
            route("default", RouteMatch::default()),
            route("never", RouteMatch::default()),
        ];
        let picked = |tag: Option<&str>| {
            let input = RoutingInput {
                tag: tag.map(Into::into),
                ..RoutingInput::default()
            };
            pick_route(&routes, &input).map(|route| route.name.as_str())
        };
        assert_eq!(picked(Some("confirm")), Some("resets"));
        assert_eq!(
            picked(Some("Confirm")),
            Some("default"),
            "tags are compared letter for letter"
        );
        assert_eq!(picked(None), Some("default"));
        assert_eq!(pick_route(&routes[..1], &RoutingInput::default()), None);
    }

    #[test]
    fn all_lists_of_a_match_must_fit() {
        let matches = RouteMatch {
            stream: words(&["outbound"]),
            account: words(&["A"]),
            ..RouteMatch::default()
        };
        let input = |stream: &str, account: &str| RoutingInput {
            stream: Some(stream.into()),
            account: Some(account.into()),
            ..RoutingInput::default()
        };
        assert!(matches.fits(&input("outbound", "A")));
        assert!(!matches.fits(&input("broadcast", "A")));
        assert!(!matches.fits(&input("outbound", "a")));
    }

    #[test]
    fn a_domain_route_takes_only_messages_whose_every_recipient_is_there() {
        let matches = RouteMatch {
            recipient_domain: words(&["Example.com", "bücher.example"]),
            ..RouteMatch::default()
        };
        let fits = |domains: &[&str]| {
            matches.fits(&RoutingInput {
                recipient_domains: words(domains),
                ..RoutingInput::default()
            })
        };
        assert!(fits(&["EXAMPLE.COM", "BÜCHER.example"]));
        assert!(!fits(&["example.com", "elsewhere.example"]));
        assert!(!fits(&["mail.example.com"]));
        assert!(!fits(&[]));
    }
}
