//! Reading single values of a table: booleans, numbers in their range, durations with their unit, words with a meaning.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;
use toml::Value;

use super::Section;

impl Section<'_> {
    pub(crate) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        match self.take(key) {
            None => default,
            Some(Value::Boolean(answer)) => answer,
            Some(other) => self
                .wrong(key, "`true` or `false`", &other)
                .unwrap_or(default),
        }
    }

    pub(crate) fn integer<T>(
        &mut self,
        key: &'static str,
        default: T,
        range: RangeInclusive<T>,
    ) -> T
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        match self.take(key) {
            None => default,
            Some(Value::Integer(found)) => match T::try_from(found) {
                Ok(number) if range.contains(&number) => number,
                _ => {
                    self.out_of_range(key, range.start(), range.end(), found);
                    default
                }
            },
            Some(other) => self.wrong(key, "a whole number", &other).unwrap_or(default),
        }
    }

    /// A whole or a decimal number, as it stands in the file.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<f64> {
        match self.take(key)? {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            other => self.wrong(key, "a number", &other),
        }
    }

    pub(crate) fn duration(
        &mut self,
        key: &'static str,
        default: Duration,
        range: RangeInclusive<Duration>,
    ) -> Duration {
        const EXPECTED: &str = "a duration with its unit, such as \"30s\", \"5m\" or \"72h\"";
        let text = match self.take(key) {
            None => return default,
            Some(Value::String(text)) => text,
            Some(other) => return self.wrong(key, EXPECTED, &other).unwrap_or(default),
        };
        let parsed = text.parse::<SignedDuration>().ok();
        match parsed.and_then(|duration| Duration::try_from(duration).ok()) {
            Some(duration) if range.contains(&duration) => duration,
            Some(duration) => {
                let (least, most) = (shown(*range.start()), shown(*range.end()));
                self.out_of_range(key, least, most, shown(duration));
                default
            }
            None => {
                if !self.is_faulty(key) {
                    self.fault(key, format!("must be {EXPECTED}"));
                }
                default
            }
        }
    }

    /// One of a few words, each with its meaning.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        default: T,
        words: &[(&str, T)],
    ) -> T {
        let Some(found) = self.string(key) else {
            return default;
        };
        match words.iter().find(|(word, _)| *word == found) {
            Some((_, meaning)) => *meaning,
            None => {
                let known: Vec<String> = words.iter().map(|(w, _)| format!("\"{w}\"")).collect();
                self.fault(key, format!("must be {}", known.join(" or ")));
                default
            }
        }
    }

    fn out_of_range(
        &self,
        key: &str,
        least: impl Display,
        most: impl Display,
        found: impl Display,
    ) {
        self.fault(key, format!("must be {least} to {most} (got {found})"));
    }
}

/// A duration as one would write it: `1m 30s`.
fn shown(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(
        |_| format!("{duration:?}"),
        |duration| format!("{duration:#}"),
    )
}
