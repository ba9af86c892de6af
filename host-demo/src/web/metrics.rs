//! `GET /metrics`: figures for Prometheus. `docs/operations.md` lists them. Labels name providers, states and outcomes, never people or
//! messages.
//!
//! What the record knows is read from it when somebody asks, so these figures are the dashboard's and survive a restart; what only a
//! running engine knows (results of attempts, commits) it counts as it goes, from its start.

use std::sync::OnceLock;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use plugin_host::{Backlog, Host, MessageState, PauseSubject, ProviderStatus, StoreError, Tally};
use tokio::sync::Mutex;

use super::callers::Reader;
use super::{App, Problem};

/// What has been counted of the feed so far.
pub(crate) type Counted = Mutex<Tally>;

static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts counting in this process; before the engine, so that nothing is missed.
pub(crate) fn start() {
    RECORDER.get_or_init(|| match PrometheusBuilder::new().install_recorder() {
        Ok(handle) => {
            describe();
            Some(handle)
        }
        Err(error) => {
            tracing::warn!(%error, "nothing is counted: another recorder is installed");
            None
        }
    });
}

/// For callers who may see every account's figures.
pub(crate) async fn metrics(app: State<App>, Reader(caller): Reader) -> Result<Response, Problem> {
    if caller.account.is_some() {
        return Err(Problem::forbidden(
            "These are the figures of all accounts: present a token that is bound to none.",
        ));
    }
    let failed = |error: StoreError| {
        tracing::error!(%error, "the figures cannot be read");
        Problem::unavailable("The figures cannot be read at the moment; ask again later.")
    };
    messages(&app).await.map_err(failed)?;
    backlog(&app.host.backlog().await.map_err(failed)?);
    providers(&app.host);
    let recorder = RECORDER.get().and_then(Option::as_ref);
    let text = recorder.map(PrometheusHandle::render).unwrap_or_default();
    let kind = [(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    Ok((kind, text).into_response())
}

async fn messages(app: &App) -> Result<(), StoreError> {
    let mut counted = app.counted.lock().await;
    let later = app.host.tally(counted.through).await?;
    counted.add(later);
    counter!("mail_accepted_total").absolute(counted.accepted);
    for end in ["sent", "rejected", "suppressed", "cancelled"] {
        let lines = counted.kinds.get(&format!("message.{end}"));
        counter!("mail_ended_total", "state" => end).absolute(lines.copied().unwrap_or_default());
    }
    let doubled = counted.kinds.get("message.doubled");
    counter!("mail_doubled_total").absolute(doubled.copied().unwrap_or_default());
    Ok(())
}

fn backlog(backlog: &Backlog) {
    for state in MessageState::ALL.into_iter().filter(|it| !it.is_final()) {
        let found = backlog.states.iter().find(|total| total.state == state);
        gauge!("mail_open_messages", "state" => state.as_str())
            .set(found.map_or(0.0, |total| total.messages as f64));
    }
    gauge!("mail_held_messages").set(backlog.held as f64);
}

fn providers(host: &Host) {
    let pauses = host.pauses();
    for subject in [PauseSubject::Provider, PauseSubject::Route] {
        let paused = pauses.iter().filter(|pause| pause.subject == subject);
        gauge!("mail_paused", "subject" => subject.to_string()).set(paused.count() as f64);
    }
    let running = host.providers();
    for provider in &running {
        provider_figures(provider);
    }
    let running = running.iter().map(|it| (it.name.clone(), 1.0));
    let refused = host.readiness().refused;
    let refused = refused.iter().map(|it| (it.name.clone(), 0.0));
    for (name, is_loaded) in running.chain(refused) {
        gauge!("mail_provider_loaded", "provider" => name).set(is_loaded);
    }
}

fn provider_figures(provider: &ProviderStatus) {
    let name = || provider.name.clone();
    gauge!("mail_calls_in_flight", "provider" => name()).set(provider.in_flight as f64);
    gauge!("mail_provider_check_ok", "provider" => name())
        .set(f64::from(provider.problem.is_none()));
    for circuit in ["closed", "half-open", "open"] {
        gauge!("mail_provider_circuit", "provider" => name(), "state" => circuit)
            .set(f64::from(circuit == provider.circuit()));
    }
    gauge!("mail_provider_parts_resting", "provider" => name())
        .set(provider.resting_parts() as f64);
}

fn describe() {
    for (name, words) in [
        (
            "mail_accepted_total",
            "Messages accepted since the store was made.",
        ),
        (
            "mail_ended_total",
            "Messages that became final since the store was made, by state.",
        ),
        (
            "mail_doubled_total",
            "Messages of which a second mail came to light since the store was made.",
        ),
        (
            "mail_attempt_results_total",
            "Results of attempts since the start, by provider and outcome; a late answer is one more.",
        ),
        (
            "mail_store_commits_total",
            "Commits of the store since the start; each is one fsync.",
        ),
        (
            "mail_store_committed_jobs_total",
            "Pieces of work these commits made durable.",
        ),
    ] {
        describe_counter!(name, words);
    }
    for (name, words) in [
        (
            "mail_open_messages",
            "Messages that are not final, by state.",
        ),
        (
            "mail_held_messages",
            "Messages in doubt that wait for a person.",
        ),
        (
            "mail_paused",
            "Providers and routes that an operator has paused.",
        ),
        ("mail_calls_in_flight", "Calls to providers running now."),
        (
            "mail_provider_loaded",
            "1: the provider runs; 0: it was refused.",
        ),
        (
            "mail_provider_check_ok",
            "Whether the last check of credentials and connection was good.",
        ),
        (
            "mail_provider_circuit",
            "1 for the state the provider's circuit is in.",
        ),
        (
            "mail_provider_parts_resting",
            "Streams and senders of the provider that rest on their own.",
        ),
    ] {
        describe_gauge!(name, words);
    }
}
