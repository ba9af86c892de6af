//! A provider's part of the traffic.
//!
//! Kept as a whole number of millionths, so that the exact strategy counts in integers and a stored weight comes back as
//! the number that was configured.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// How many of the kept units make a weight of 1.
const UNITS: f64 = 1_000_000.0;
const LARGEST: f64 = 1_000_000.0;

/// A weight above 0 and up to 1,000,000 with at most six decimals; only its ratio to the pool's other weights matters.
///
/// Reads from and writes to a plain number (`70`, `0.5`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weight(i64);

/// Why a number is no weight. Displays as the second half of a sentence that begins with the key's name.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum WeightError {
    /// Nought: not a way to drain a provider, because a weight of nought could still be reached by failover.
    #[error(
        "must be above 0 (got 0); to send nothing there, remove the entry or pause the provider"
    )]
    Zero,
    /// Below nought.
    #[error("must be above 0 (got {0})")]
    Negative(f64),
    /// Infinite or not a number.
    #[error("must be a finite number above 0 (got {0})")]
    NotFinite(f64),
    /// Beyond the range.
    #[error("must be at most 1000000 (got {0}); only the ratio of a pool's weights matters")]
    TooLarge(f64),
    /// More decimals than are kept.
    #[error("must have at most six decimals (got {0})")]
    TooFine(f64),
}

impl Weight {
    /// Takes a number as a weight.
    ///
    /// # Errors
    /// [`WeightError`] names the number and what is wrong with it.
    pub fn new(value: f64) -> Result<Self, WeightError> {
        if !value.is_finite() {
            return Err(WeightError::NotFinite(value));
        }
        if value == 0.0 {
            return Err(WeightError::Zero);
        }
        if value < 0.0 {
            return Err(WeightError::Negative(value));
        }
        if value > LARGEST {
            return Err(WeightError::TooLarge(value));
        }
        let units = (value * UNITS).round();
        // A decimal such as 0.1 is not exact in binary; what is left of a seventh decimal is far above this.
        let is_decimal = (units - value * UNITS).abs() < 0.001;
        if units < 1.0 || !is_decimal {
            return Err(WeightError::TooFine(value));
        }
        Ok(Self(units as i64))
    }

    /// The weight as it was written.
    pub fn get(self) -> f64 {
        Self::from_units(self.0)
    }

    /// The weight in millionths: 1 up to 10¹².
    pub(super) fn units(self) -> i64 {
        self.0
    }

    /// Millionths as a number people read.
    pub(super) fn from_units(units: i64) -> f64 {
        units as f64 / UNITS
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl fmt::Debug for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<f64> for Weight {
    type Error = WeightError;

    fn try_from(value: f64) -> Result<Self, WeightError> {
        Self::new(value)
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.get().fract() == 0.0 {
            serializer.serialize_i64(self.get() as i64)
        } else {
            serializer.serialize_f64(self.get())
        }
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// Accepts every kind of number a format may hand over: TOML tells `70` and `70.0` apart.
struct NumberVisitor;

impl de::Visitor<'_> for NumberVisitor {
    type Value = Weight;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a weight: a number above 0")
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Weight, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Weight, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Weight, E> {
        Weight::new(value).map_err(|fault| E::custom(format_args!("weight {fault}")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_weight_that_is_none_says_what_to_do() {
        let said = |value| Weight::new(value).unwrap_err().to_string();
        assert_eq!(said(-1.0), "must be above 0 (got -1)");
        assert_eq!(
            said(0.0),
            "must be above 0 (got 0); to send nothing there, remove the entry or pause the provider"
        );
        assert_eq!(said(-0.0), said(0.0));
        assert_eq!(said(f64::NAN), "must be a finite number above 0 (got NaN)");
        assert_eq!(
            said(f64::INFINITY),
            "must be a finite number above 0 (got inf)"
        );
        assert_eq!(
            said(1_000_001.0),
            "must be at most 1000000 (got 1000001); only the ratio of a pool's weights matters"
        );
        assert_eq!(
            said(0.333_333_3),
            "must have at most six decimals (got 0.3333333)"
        );
        assert_eq!(
            said(1e-10),
            "must have at most six decimals (got 0.0000000001)"
        );
    }

    #[test]
    fn whole_numbers_and_decimals_are_read_from_toml_and_words_are_not() {
        #[derive(Debug, Deserialize)]
        struct Entry {
            weight: Weight,
        }
        let read = |text: &str| toml::from_str::<Entry>(text).map(|entry| entry.weight);
        assert_eq!(read("weight = 70").unwrap(), Weight::new(70.0).unwrap());
        assert_eq!(read("weight = 70.0").unwrap(), Weight::new(70.0).unwrap());
        assert_eq!(read("weight = 0.1").unwrap().units(), 100_000);
        let fault = read("weight = -1").unwrap_err().to_string();
        assert!(fault.contains("weight must be above 0 (got -1)"), "{fault}");
        let fault = read("weight = \"70\"").unwrap_err().to_string();
        assert!(
            fault.contains("expected a weight: a number above 0"),
            "{fault}"
        );
    }

    proptest! {
        #[test]
        fn every_weight_survives_storage(units in 1..=1_000_000_000_000_i64) {
            let weight = Weight(units);
            prop_assert_eq!(Weight::new(weight.get()), Ok(weight));
            let stored = serde_json::to_string(&weight).unwrap();
            prop_assert_eq!(serde_json::from_str::<Weight>(&stored).unwrap(), weight);
        }

        #[test]
        fn no_number_at_all_makes_it_panic(bits: u64) {
            if let Ok(weight) = Weight::new(f64::from_bits(bits)) {
                prop_assert!(weight.units() >= 1);
            }
        }
    }
}
