//! When a provider's "I do not have it" may be believed.

use std::time::Duration;

use jiff::Timestamp;

use crate::store::{Doubt, DoubtStage};

/// How patient the reconciler is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReconcileConfig {
    /// How long after an attempt began it is asked about first.
    pub after: Duration,
    /// How long between two asks.
    pub every: Duration,
    /// How long after the hard deadline a message is presumed absent when the provider cannot say how far its search reaches.
    pub patience: Duration,
}

/// 30 s, 60 s, 30 min.
impl Default for ReconcileConfig {
    fn default() -> Self {
        Self {
            after: Duration::from_secs(30),
            every: Duration::from_secs(60),
            patience: Duration::from_secs(30 * 60),
        }
    }
}

/// What an answer of "absent" adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absence {
    /// Nothing yet.
    Open,
    /// It counts: one more like it, later, and the message is presumed absent.
    Counts,
    /// Presumed absent.
    Presumed,
}

/// A search can never prove absence. It is presumed after two asks `every` apart, both past the hard deadline and both reaching beyond it; or,
/// where the search does not say how far it reaches, when `patience` has passed without a hit. What is presumed absent already and held for a
/// person is not
/// presumed absent once more, and neither is what was given up.
pub(super) fn absence(
    doubt: &Doubt,
    indexed_through: Option<Timestamp>,
    now: Timestamp,
    config: &ReconcileConfig,
) -> Absence {
    let since =
        |start: Timestamp| Duration::try_from(now.duration_since(start)).unwrap_or_default();
    if now <= doubt.hard_deadline || doubt.stage != DoubtStage::Open {
        return Absence::Open;
    }
    match (indexed_through, doubt.absent_since) {
        (None, _) if since(doubt.hard_deadline) >= config.patience => Absence::Presumed,
        (None, _) => Absence::Open,
        (Some(reach), _) if reach <= doubt.hard_deadline => Absence::Open,
        (Some(_), Some(first)) if since(first) >= config.every => Absence::Presumed,
        (Some(_), _) => Absence::Counts,
    }
}

#[cfg(test)]
mod tests {
    use super::{Absence, ReconcileConfig, absence};
    use crate::store::{Doubt, DoubtStage};
    use jiff::{SignedDuration, Timestamp};
    use plugin_api::TrackingId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    /// Claimed at 0 s, surely over at 100 s.
    fn doubt(absent_since: Option<i64>) -> Doubt {
        Doubt {
            message: 1,
            attempt: 1,
            number: 1,
            tracking_id: TrackingId::from_bytes([1; 16]),
            shared_id: false,
            route: "default".to_owned(),
            provider: "postmark".to_owned(),
            provider_account: None,
            stream: None,
            to: Vec::new(),
            claimed_at: at(0),
            hard_deadline: at(100),
            absent_since: absent_since.map(at),
            stage: DoubtStage::Open,
        }
    }

    #[test]
    fn two_asks_apart_that_reach_beyond_the_deadline_presume_absence() {
        let config = ReconcileConfig::default();
        assert_eq!(
            absence(&doubt(None), Some(at(120)), at(130), &config),
            Absence::Counts
        );
        assert_eq!(
            absence(&doubt(Some(130)), Some(at(120)), at(150), &config),
            Absence::Counts
        );
        assert_eq!(
            absence(&doubt(Some(130)), Some(at(120)), at(190), &config),
            Absence::Presumed
        );
    }

    #[test]
    fn before_the_deadline_or_without_reach_nothing_counts() {
        let config = ReconcileConfig::default();
        assert_eq!(
            absence(&doubt(Some(1)), Some(at(99)), at(100), &config),
            Absence::Open
        );
        assert_eq!(
            absence(&doubt(None), Some(at(100)), at(500), &config),
            Absence::Open
        );
        assert_eq!(absence(&doubt(None), None, at(500), &config), Absence::Open);
    }

    #[test]
    fn long_patience_presumes_absence_where_the_search_cannot_say() {
        let config = ReconcileConfig::default();
        assert_eq!(
            absence(&doubt(None), None, at(100 + 1800), &config),
            Absence::Presumed
        );
        // A search that says it lags is believed, however long.
        assert_eq!(
            absence(&doubt(None), Some(at(90)), at(100 + 9000), &config),
            Absence::Open
        );
        let held = Doubt {
            stage: DoubtStage::Held,
            ..doubt(Some(120))
        };
        assert_eq!(
            absence(&held, Some(at(5000)), at(5000), &config),
            Absence::Open
        );
    }
}
