//! One `[[routes]]` table of the configuration: who may carry which messages, and in what shares.

use std::collections::HashSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{RouteMatch, Weight};

/// A route as it is configured. Keys that a table does not name have the defaults given here; unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Names the route in faults, logs and stored decisions.
    pub name: String,
    /// Which messages it takes; by default every message. The key is `match`.
    #[serde(rename = "match", default)]
    pub matches: RouteMatch,
    /// How the pool is shared out; by default [`Strategy::Sticky`].
    #[serde(default)]
    pub strategy: Strategy,
    /// What stays with one provider under [`Strategy::Sticky`]; by default the lead.
    #[serde(default)]
    pub sticky_by: StickyBy,
    /// The providers and their weights.
    pub pool: Vec<PoolEntry>,
    /// Whether its messages are claimed one by one instead of in batches; by default `false`.
    #[serde(default)]
    pub priority: bool,
    /// Whether its messages pass an unsubscribe (never a complaint or hard bounce); by default `false`.
    #[serde(default)]
    pub essential: bool,
    /// Whether bodies get the unsubscribe tag; by default `true`.
    #[serde(default = "yes")]
    pub unsubscribe_tag: bool,
    /// Whether messages carry the host's one-click unsubscribe headers (RFC 8058); by default `false`.
    #[serde(default)]
    pub one_click: bool,
    /// What becomes of a message in doubt that no evidence settles; by default [`InDoubtPolicy::Hold`].
    #[serde(default)]
    pub in_doubt: InDoubtPolicy,
}

/// A provider of a pool with its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolEntry {
    /// The provider's configured name (`postmark-main`).
    pub provider: String,
    /// Its part of the pool's sum of weights.
    pub weight: Weight,
}

/// How a pool is shared out. Stored as `sticky` and `exact`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The same lead stays with the same provider; shares come out right on average.
    #[default]
    Sticky,
    /// Shares of first choices are exact over any stretch as long as the sum of the weights in their lowest terms.
    Exact,
}

/// What stays with one provider. Stored as `lead`, `recipient`, `account` and `message`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StickyBy {
    /// The lead; without one, as `Recipient`.
    #[default]
    Lead,
    /// The first address in To; without one, as `Message`.
    Recipient,
    /// The CRM's account; without one, as `Lead`.
    Account,
    /// Nothing: each message draws for itself, and only its own attempts agree.
    Message,
}

/// What becomes of a message whose doubt no evidence settles. Stored as `hold`, `resend` and `at-least-once`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InDoubtPolicy {
    /// A person decides: nobody is mailed twice.
    #[default]
    Hold,
    /// It is sent again once it is presumed absent.
    Resend,
    /// It is sent again at once: a second mail is better than none (password resets).
    AtLeastOnce,
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sticky => "sticky",
            Self::Exact => "exact",
        })
    }
}

impl fmt::Display for StickyBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lead => "lead",
            Self::Recipient => "recipient",
            Self::Account => "account",
            Self::Message => "message",
        })
    }
}

/// What is wrong with a route although each of its values can be read.
///
/// Displays beginning with the key inside the route's table, so that a caller can put `routes[0].` before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteFault {
    /// The name is empty or blank.
    #[error("name must not be empty; decisions and faults refer to it")]
    NoName,
    /// The pool is empty.
    #[error("pool must name at least one provider")]
    EmptyPool,
    /// A pool's entry names nobody.
    #[error("pool[{index}].provider must not be empty; name one of the [providers] tables")]
    NoProvider {
        /// The entry's place, counted from 0.
        index: usize,
    },
    /// A provider stands in the pool twice.
    #[error(
        "pool[{index}].provider names `{provider}` a second time; keep one entry with the sum of the weights"
    )]
    ProviderTwice {
        /// The later entry's place, counted from 0.
        index: usize,
        /// The provider's name.
        provider: String,
    },
}

impl Route {
    /// Every fault of the route by itself, in the order of its keys; empty when it can be used.
    ///
    /// Whether its providers exist is the configuration's to check. A route with faults still does not make [`decide`]
    /// panic.
    ///
    /// [`decide`]: super::decide
    pub fn faults(&self) -> Vec<RouteFault> {
        let mut faults = Vec::new();
        if self.name.trim().is_empty() {
            faults.push(RouteFault::NoName);
        }
        if self.pool.is_empty() {
            faults.push(RouteFault::EmptyPool);
        }
        let mut seen = HashSet::new();
        for (index, PoolEntry { provider, .. }) in self.pool.iter().enumerate() {
            if provider.trim().is_empty() {
                faults.push(RouteFault::NoProvider { index });
            } else if !seen.insert(provider) {
                faults.push(RouteFault::ProviderTwice {
                    index,
                    provider: provider.clone(),
                });
            }
        }
        faults
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_a_name_and_a_pool_is_enough() {
        let route: Route =
            toml::from_str("name = 'default'\npool = [{ provider = 'a', weight = 1 }]").unwrap();
        assert_eq!(route.matches, RouteMatch::default());
        assert_eq!(
            (route.strategy, route.sticky_by),
            (Strategy::Sticky, StickyBy::Lead)
        );
        assert_eq!(route.in_doubt, InDoubtPolicy::Hold);
        assert!(route.unsubscribe_tag && !route.priority && !route.essential && !route.one_click);
        assert_eq!(route.faults(), []);
    }

    #[test]
    fn every_documented_key_is_read() {
        let route: Route = toml::from_str(
            "name = 'resets'\nmatch = { tag = ['reset'], stream = [], account = ['A'], recipient_domain = ['example.com'] }
             strategy = 'exact'\nsticky_by = 'account'\npool = [{ provider = 'a', weight = 0.5 }]
             priority = true\nessential = true\nunsubscribe_tag = false\none_click = true\nin_doubt = 'at-least-once'",
        )
        .unwrap();
        assert_eq!(route.matches.tag, ["reset"]);
        assert_eq!(
            (route.strategy, route.sticky_by),
            (Strategy::Exact, StickyBy::Account)
        );
        assert_eq!(route.in_doubt, InDoubtPolicy::AtLeastOnce);
        assert!(!route.unsubscribe_tag && route.priority && route.essential && route.one_click);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let fault = toml::from_str::<Route>("name = 'a'\npool = []\nstratgy = 'exact'")
            .unwrap_err()
            .to_string();
        assert!(fault.contains("stratgy"), "{fault}");
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let route: Route = toml::from_str(
            "name = ' '\npool = [{ provider = 'a', weight = 1 }, { provider = '', weight = 1 }, { provider = 'a', weight = 2 }]",
        )
        .unwrap();
        let said: Vec<String> = route.faults().iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "name must not be empty; decisions and faults refer to it",
                "pool[1].provider must not be empty; name one of the [providers] tables",
                "pool[2].provider names `a` a second time; keep one entry with the sum of the weights",
            ]
        );
    }
}
