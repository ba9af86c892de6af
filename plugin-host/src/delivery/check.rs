//! Is a provider's account good, and whose is it? Asked at the start, and again until it is known: a lookup proves nothing otherwise.

use std::sync::Arc;
use std::time::Duration;

use plugin_api::CallContext;
use tokio::task::JoinSet;

use super::channel::Channel;
use super::engine::Engine;

/// A start waits no longer than this for the services.
const PATIENCE: Duration = Duration::from_secs(10);

impl Engine {
    /// Checks every provider whose account is not known, all at once. One whose check fails keeps running, since its service may be back
    /// any moment.
    pub(crate) async fn check_unknown(&self) {
        let patience = self.delivery.soft_deadline.min(PATIENCE);
        let unknown = self
            .channels
            .values()
            .filter(|channel| channel.checked().account.is_none());
        let mut checks: JoinSet<()> = unknown
            .map(|channel| check(Arc::clone(channel), patience))
            .collect();
        // One that panicked has been reported by the panic hook and stays unknown.
        while checks.join_next().await.is_some() {}
    }
}

async fn check(channel: Arc<Channel>, patience: Duration) {
    let context = CallContext::new(patience, patience);
    match channel.provider.check(&context).await {
        Ok(report) => {
            for warning in &report.warnings {
                tracing::warn!(provider = channel.name, "{warning}");
            }
            tracing::info!(
                provider = channel.name,
                account = report.account,
                "the provider is ready"
            );
            channel.is_checked(report.account);
        }
        Err(error) => {
            let problem = error.to_string();
            if channel.checked().problem.as_ref() != Some(&problem) {
                tracing::error!(
                    provider = channel.name,
                    problem,
                    "the provider's check failed"
                );
            }
            channel.has_problem(problem);
        }
    }
}
