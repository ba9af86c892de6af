//! Weighted rendezvous hashing: every provider draws a number for the key, and the best score is first in line.
//!
//! Scores of different providers do not know of each other, so a provider that joins or leaves moves only its own share,
//! and nodes agree without talking. With u drawn evenly from (0, 1), ordering by `-weight / ln(u)` gives each provider
//! its weight's share of first places, and of second places once the first is taken away, and so on.

use std::cmp::Ordering;

use super::{Digest, PoolEntry, RoutingInput, StickyBy, Weight};

/// A provider's draw for one key.
pub(super) struct Draw<'a> {
    pub(super) entry: &'a PoolEntry,
    pub(super) digest: Digest,
}

/// The whole pool in the order of its scores for `key`, best first.
///
/// The order depends on names and weights alone, not on the pool's own order.
pub(super) fn order<'a>(pool: &'a [PoolEntry], key: &str) -> Vec<Draw<'a>> {
    let draw = |entry: &'a PoolEntry| Draw {
        entry,
        digest: Digest::of([entry.provider.as_str(), key]),
    };
    let mut draws: Vec<_> = pool.iter().map(draw).collect();
    draws.sort_by(Draw::compare);
    draws
}

impl Draw<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        let score = |draw: &Self| score(draw.entry.weight, draw.digest);
        score(other)
            .total_cmp(&score(self))
            .then_with(|| self.entry.provider.cmp(&other.entry.provider))
    }
}

/// `-weight / ln(u)`: positive and finite for every weight and digest.
pub(super) fn score(weight: Weight, digest: Digest) -> f64 {
    weight.get() / minus_ln(digest.fraction())
}

impl RoutingInput {
    /// The words that are hashed: what the key is made of, and its value (`lead:L-17`). A blank value counts as none,
    /// or all messages without a lead would crowd one provider.
    pub(super) fn sticky_key(&self, by: StickyBy) -> String {
        let named = |value: &Option<String>| value.clone().filter(|value| !value.trim().is_empty());
        let lead = || named(&self.lead).map(|lead| format!("lead:{lead}"));
        let recipient = || self.first_to.map(|to| format!("recipient:{to}"));
        let account = || named(&self.account).map(|account| format!("account:{account}"));
        let key = match by {
            StickyBy::Lead => lead().or_else(recipient),
            StickyBy::Recipient => recipient(),
            StickyBy::Account => account().or_else(lead).or_else(recipient),
            StickyBy::Message => None,
        };
        key.unwrap_or_else(|| format!("message:{}", self.tracking_id))
    }
}

/// The natural logarithm of `u`, negated, for `u` strictly between 0 and 1.
///
/// Written out because `f64::ln` may differ in its last bit between platforms and compiler versions, and two nodes must
/// never disagree. Only additions, multiplications and divisions, which IEEE 754 fixes to the bit, are used:
/// u = m · 2⁻ᵉ with m near 1, and ln m = 2 · artanh((m - 1) / (m + 1)).
fn minus_ln(u: f64) -> f64 {
    const TERMS: i32 = 12;
    let (mantissa, halvings) = split(u);
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let series = (0..TERMS).rev().fold(0.0, |sum, term| {
        sum * square + 1.0 / f64::from(2 * term + 1)
    });
    f64::from(halvings) * std::f64::consts::LN_2 - 2.0 * ratio * series
}

/// Splits a number of (0, 1) into m · 2⁻ᵉ, with m from about 0.7 to 1.4, so that a number near 1 keeps all its digits.
fn split(u: f64) -> (f64, u16) {
    const FRACTION_BITS: u32 = 52;
    const BIAS: u64 = 1023;
    let bits = u.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let halvings = (BIAS - (bits >> FRACTION_BITS)) as u16;
    let mantissa = f64::from_bits((BIAS << FRACTION_BITS) | fraction);
    if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, halvings - 1)
    } else {
        (mantissa, halvings)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::AddressKey;

    fn entry(provider: &str, weight: f64) -> PoolEntry {
        PoolEntry {
            provider: provider.into(),
            weight: Weight::new(weight).unwrap(),
        }
    }

    /// Computed apart from this code: the hash in another language, the logarithms with fifty digits.
    #[test]
    fn the_order_of_known_keys_never_changes() {
        let pool = [
            entry("postmark-main", 70.0),
            entry("sendgrid-main", 30.0),
            entry("smtp-fallback", 0.5),
        ];
        let golden = [
            (
                "lead:L-17",
                [
                    ("postmark-main", "52a1bcd33459fb47"),
                    ("sendgrid-main", "5907659adf30f1e6"),
                    ("smtp-fallback", "883f346f50c6c2db"),
                ],
            ),
            (
                "lead:L-19",
                [
                    ("sendgrid-main", "cce27a9ecc8d2f1d"),
                    ("postmark-main", "4b1dbe47cba0339c"),
                    ("smtp-fallback", "a0f7c745a21609a1"),
                ],
            ),
            (
                "recipient:e8b8f4c14d786028",
                [
                    ("postmark-main", "a246f511931307dd"),
                    ("sendgrid-main", "209c05eb917e5084"),
                    ("smtp-fallback", "b27487eb89d32608"),
                ],
            ),
            (
                "account:ACME",
                [
                    ("postmark-main", "9c9396a7698eddee"),
                    ("sendgrid-main", "c5d88e89995f5b12"),
                    ("smtp-fallback", "c44733d3423c7c55"),
                ],
            ),
            (
                "lead:ł→💌",
                [
                    ("sendgrid-main", "dda1cc44128f32be"),
                    ("postmark-main", "60e2d455ebfb8b04"),
                    ("smtp-fallback", "9155482819267592"),
                ],
            ),
        ];
        for (key, expected) in golden {
            let draws = order(&pool, key);
            let drawn = draws
                .iter()
                .map(|draw| (draw.entry.provider.as_str(), draw.digest.to_string()));
            assert!(
                drawn.eq(expected.map(|(provider, digest)| (provider, digest.to_owned()))),
                "{key}"
            );
        }
        assert_eq!(
            AddressKey::of("lead@example.com").to_string(),
            "e8b8f4c14d786028"
        );
    }

    #[test]
    fn known_scores_never_change() {
        for (weight, digest, expected) in [
            (70.0, "52a1bcd33459fb47", 61.904_008_023_950_28),
            (30.0, "f70fb1da15675675", 844.097_215_829_031_4),
            (0.5, "883f346f50c6c2db", 0.792_758_866_078_675_1),
        ] {
            let digest = serde_json::from_value(digest.into()).unwrap();
            let score = score(Weight::new(weight).unwrap(), digest);
            assert!(
                (score / expected - 1.0).abs() < 1e-14,
                "{score} is not {expected}"
            );
        }
    }

    #[test]
    fn the_logarithm_keeps_its_digits_over_the_whole_range() {
        let least = 2_f64.powi(-53);
        for (u, expected) in [
            (least, 36.736_800_569_677_1),
            (0.1, 2.302_585_092_994_045_5),
            (0.5, std::f64::consts::LN_2),
            (std::f64::consts::FRAC_1_SQRT_2, 0.346_573_590_279_972_6),
            (0.9, 0.105_360_515_657_826_28),
            (1.0 - least, 1.110_223_024_625_156_5e-16),
        ] {
            assert!(
                (minus_ln(u) / expected - 1.0).abs() < 1e-15,
                "-ln({u}) is {}",
                minus_ln(u)
            );
        }
    }

    #[test]
    fn a_key_falls_back_to_what_the_message_has() {
        let mut input = RoutingInput {
            tracking_id: "t".into(),
            ..RoutingInput::default()
        };
        let keys = |input: &RoutingInput| {
            [
                StickyBy::Lead,
                StickyBy::Recipient,
                StickyBy::Account,
                StickyBy::Message,
            ]
            .map(|by| input.sticky_key(by))
        };
        assert_eq!(keys(&input), ["message:t"; 4]);
        input.first_to = Some(AddressKey::of("lead@example.com"));
        let to = "recipient:e8b8f4c14d786028";
        assert_eq!(keys(&input), [to, to, to, "message:t"]);
        input.lead = Some("L".into());
        assert_eq!(keys(&input), ["lead:L", to, "lead:L", "message:t"]);
        input.account = Some("A".into());
        assert_eq!(keys(&input), ["lead:L", to, "account:A", "message:t"]);
        input.lead = Some(" ".into());
        assert_eq!(keys(&input), [to, to, "account:A", "message:t"]);
    }

    proptest! {
        #[test]
        fn every_score_is_positive_and_finite(units in 1..=1_000_000_000_000_i64, bits: u64) {
            let digest = serde_json::from_value(format!("{bits:016x}").into()).unwrap();
            let score = score(Weight::new(Weight::from_units(units)).unwrap(), digest);
            prop_assert!(score.is_finite() && score > 0.0);
        }

        #[test]
        fn the_order_does_not_depend_on_the_order_of_the_pool(key: String, weights in prop::collection::vec(1_u32..9, 1..9)) {
            let pool: Vec<_> = weights.iter().enumerate().map(|(n, &w)| entry(&format!("p{n}"), w.into())).collect();
            let turned: Vec<_> = pool.iter().rev().cloned().collect();
            let names = |pool: &[PoolEntry]| order(pool, &key).iter().map(|draw| draw.entry.provider.clone()).collect::<Vec<_>>();
            prop_assert_eq!(names(&pool), names(&turned));
        }
    }
}
