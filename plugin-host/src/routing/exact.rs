//! Smooth weighted round robin: shares of first choices that are exact, and evenly spread.
//!
//! Each turn every provider is credited its weight, the richest is chosen, and pays the sum of all weights, W. Before it
//! pays, the credits add up to W, so the richest has something and nobody ever owes W or more. Started from nought and
//! counted in whole numbers without a common divisor, after W turns every credit is a multiple of W above -W while their
//! sum is nought: each is nought, and each provider had its weight in turns. From there it repeats, so *any* stretch of
//! W turns is exact.

use serde::{Deserialize, Serialize};

use super::{PoolEntry, Weight};

/// The counters of one route, kept between decisions; the empty state is a fresh start.
///
/// It is bound to the pool it was counted for: under any other pool (a member, a weight or the order changed) counting
/// starts afresh, and so it does when the numbers cannot have come from counting.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExactState {
    credits: Vec<Credit>,
}

/// What one provider has to its credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The provider's name.
    pub provider: String,
    /// The weight the credit was counted with.
    pub weight: Weight,
    /// In millionths of a weight; all credits of a route add up to 0.
    pub credit: i64,
}

/// One turn: who is first, and the counters afterwards.
pub(super) struct Turn {
    /// The first choice's place in the pool.
    pub(super) first: usize,
    pub(super) after: ExactState,
    price: i64,
}

impl Turn {
    /// What the provider at a place of the pool had when the choice was made, in weights.
    pub(super) fn credit(&self, place: usize) -> f64 {
        let paid = if place == self.first { self.price } else { 0 };
        Weight::from_units(self.after.credits[place].credit.saturating_add(paid))
    }
}

impl ExactState {
    /// Every provider's credit, in the pool's order.
    pub fn credits(&self) -> &[Credit] {
        &self.credits
    }

    /// Takes the next turn. `None` when the pool is empty. Of equally rich providers the pool's first is chosen.
    pub(super) fn turn(&self, pool: &[PoolEntry]) -> Option<Turn> {
        let mut after = if self.is_for(pool) {
            self.clone()
        } else {
            Self::fresh(pool)
        };
        for credit in &mut after.credits {
            credit.credit = credit.credit.saturating_add(credit.weight.units());
        }
        let richest = |&place: &usize| (after.credits[place].credit, std::cmp::Reverse(place));
        let first = (0..pool.len()).max_by_key(richest)?;
        let price = sum_of_weights(pool);
        let richest = &mut after.credits[first].credit;
        *richest = richest.saturating_sub(price);
        Some(Turn {
            first,
            after,
            price,
        })
    }

    fn fresh(pool: &[PoolEntry]) -> Self {
        let nought = |entry: &PoolEntry| Credit {
            provider: entry.provider.clone(),
            weight: entry.weight,
            credit: 0,
        };
        Self {
            credits: pool.iter().map(nought).collect(),
        }
    }

    fn is_for(&self, pool: &[PoolEntry]) -> bool {
        let same = |(credit, entry): (&Credit, &PoolEntry)| {
            credit.provider == entry.provider && credit.weight == entry.weight
        };
        let owed_at_most = sum_of_weights(pool);
        self.credits.len() == pool.len()
            && self.credits.iter().zip(pool).all(same)
            && self
                .credits
                .iter()
                .all(|credit| credit.credit > -owed_at_most)
            && self
                .credits
                .iter()
                .map(|credit| i128::from(credit.credit))
                .sum::<i128>()
                == 0
    }
}

/// In millionths. A weight has at most 10¹² of them, so only a pool of millions of entries could reach the end of `i64`.
fn sum_of_weights(pool: &[PoolEntry]) -> i64 {
    pool.iter()
        .fold(0, |sum, entry| sum.saturating_add(entry.weight.units()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pool(weights: &[f64]) -> Vec<PoolEntry> {
        let entry = |(place, &weight): (usize, &f64)| PoolEntry {
            provider: format!("p{place}"),
            weight: Weight::new(weight).unwrap(),
        };
        weights.iter().enumerate().map(entry).collect()
    }

    fn turns(pool: &[PoolEntry], mut state: ExactState, count: usize) -> (Vec<usize>, ExactState) {
        let mut firsts = Vec::new();
        for _ in 0..count {
            let turn = state.turn(pool).unwrap();
            firsts.push(turn.first);
            state = turn.after;
        }
        (firsts, state)
    }

    #[test]
    fn turns_are_spread_evenly() {
        let (firsts, _) = turns(&pool(&[5.0, 1.0, 1.0]), ExactState::default(), 7);
        assert_eq!(firsts, [0, 0, 1, 0, 2, 0, 0]);
    }

    #[test]
    fn weights_with_decimals_count_like_their_whole_ratio() {
        let (decimals, _) = turns(&pool(&[0.7, 0.3]), ExactState::default(), 30);
        let (whole, _) = turns(&pool(&[70.0, 30.0]), ExactState::default(), 30);
        assert_eq!(decimals, whole);
    }

    #[test]
    fn counters_of_another_pool_are_dropped() {
        let (_, old) = turns(&pool(&[2.0, 1.0]), ExactState::default(), 1);
        let changed = pool(&[1.0, 2.0]);
        assert_eq!(
            turns(&changed, old, 6),
            turns(&changed, ExactState::default(), 6)
        );
    }

    #[test]
    fn counters_that_no_counting_yields_are_dropped() {
        let pool = pool(&[1.0, 1.0]);
        let fresh = turns(&pool, ExactState::default(), 4);
        for credits in [
            [i64::MAX, i64::MAX],
            [i64::MIN, i64::MIN],
            [i64::MAX, -i64::MAX],
            [1, 0],
        ] {
            let stored = serde_json::json!([
                {"provider": "p0", "weight": 1, "credit": credits[0]},
                {"provider": "p1", "weight": 1, "credit": credits[1]},
            ]);
            let rubbish: ExactState = serde_json::from_value(stored).unwrap();
            assert_eq!(turns(&pool, rubbish, 4), fresh);
        }
    }

    #[test]
    fn an_empty_pool_has_no_turn() {
        assert!(ExactState::default().turn(&[]).is_none());
    }

    proptest! {
        #[test]
        fn any_stretch_as_long_as_the_sum_of_weights_is_exact(
            weights in prop::collection::vec(1_u32..20, 1..7),
            start in 0_usize..200,
        ) {
            let pool = pool(&weights.iter().map(|&weight| f64::from(weight)).collect::<Vec<_>>());
            let sum = weights.iter().sum::<u32>() as usize;
            let (_, state) = turns(&pool, ExactState::default(), start);
            let (stretch, _) = turns(&pool, state, sum);
            for (place, &weight) in weights.iter().enumerate() {
                prop_assert_eq!(stretch.iter().filter(|&&first| first == place).count(), weight as usize);
            }
        }

        #[test]
        fn counting_goes_on_after_storage(weights in prop::collection::vec(0.000_001_f64..1_000_000.0, 1..9), count in 1_usize..60) {
            let rounded: Vec<f64> = weights.iter().map(|weight| (weight * 1e6).ceil() / 1e6).collect();
            let pool = pool(&rounded);
            let (_, state) = turns(&pool, ExactState::default(), count);
            prop_assert!(state.is_for(&pool));
            let stored = serde_json::to_string(&state).unwrap();
            prop_assert_eq!(serde_json::from_str::<ExactState>(&stored).unwrap(), state);
        }
    }
}
