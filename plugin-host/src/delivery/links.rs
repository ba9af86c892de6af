//! What a provider's handler puts in place of the unsubscribe tag: asked once for each stream.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plugin_api::{Provider, UnsubscribeLink};
use tokio::sync::oneshot;

use super::lock::lock;

/// How long a handler may take.
const PATIENCE: Duration = Duration::from_secs(2);

type Known = BTreeMap<Option<String>, Option<UnsubscribeLink>>;

/// One provider's links.
pub(super) struct Links {
    name: String,
    provider: Arc<dyn Provider>,
    known: Mutex<Known>,
}

impl Links {
    pub(super) fn new(name: &str, provider: Arc<dyn Provider>) -> Self {
        Self {
            name: name.to_owned(),
            provider,
            known: Mutex::default(),
        }
    }

    /// The link for a stream; `None`: the provider has none. A handler that panics or does not come back has none either, for as long as
    /// this host runs, so that it delays no further mail.
    pub(super) async fn on(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        let stream = stream.map(str::to_owned);
        if let Some(known) = lock(&self.known).get(&stream) {
            return known.clone();
        }
        let link = self.ask(stream.clone()).await.unwrap_or_else(|| {
            tracing::error!(
                provider = self.name,
                stream,
                "the plugin gave no unsubscribe link within {PATIENCE:?}; mail on this stream goes without one"
            );
            None
        });
        lock(&self.known).insert(stream, link.clone());
        link
    }

    /// On a thread of its own: a runtime would wait for a blocking task that hangs, at its end.
    async fn ask(&self, stream: Option<String>) -> Option<Option<UnsubscribeLink>> {
        let (answer, answered) = oneshot::channel();
        let provider = Arc::clone(&self.provider);
        let work = move || {
            // Nobody may be waiting any more.
            let _ = answer.send(provider.render_unsubscribe(stream.as_deref()));
        };
        std::thread::Builder::new()
            .name(format!("link {}", self.name))
            .spawn(work)
            .ok()?;
        tokio::time::timeout(PATIENCE, answered).await.ok()?.ok()
    }
}
