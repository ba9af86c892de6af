//! What the engine counts as it goes, for the recorder the application has installed (crate `metrics`; without one it costs next to
//! nothing). Labels name providers and outcomes, never people, messages or secrets.

use metrics::counter;

use crate::routing::Outcome;

/// An attempt came to a result. A late answer after "in doubt" is one more.
pub(crate) fn attempt_ended(provider: &str, outcome: Option<Outcome>) {
    let outcome = outcome.map_or("not-called", Outcome::as_str);
    counter!("mail_attempt_results_total", "provider" => provider.to_owned(), "outcome" => outcome)
        .increment(1);
}

/// The store made the work of so many callers durable with one commit.
pub(crate) fn committed(jobs: usize) {
    counter!("mail_store_commits_total").increment(1);
    let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
    counter!("mail_store_committed_jobs_total").increment(jobs);
}
