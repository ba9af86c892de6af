//! The plugin's side of the boundary: an author's provider behind the ABI's provider object.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use abi_stable::std_types::{ROption, RString, RVec};
use async_ffi::FfiFuture;

use super::log::LogBridge;
use super::record::*;
use super::runtime::{CallRuntime, Interrupted, guard};
use super::table::{Answer, ProviderObject};
use crate::{
    CallContext, Capabilities, CreateError, Extension, Lookup, Message, Plugin, SendError,
    SentQuery, WebhookError, WebhookErrorKind,
};

/// An author's provider with the runtime and log of its own, as the host holds it.
pub struct Adapter<P: Plugin> {
    /// `None` only while it is being dropped.
    provider: Option<Arc<P>>,
    capabilities: Capabilities,
    runtime: CallRuntime,
    log: LogBridge,
}

impl<P: Plugin> Adapter<P> {
    /// Asks for the capabilities at once: a panic there can still be told as the reason why there is no provider.
    pub(super) fn new(
        provider: P,
        runtime: CallRuntime,
        log: LogBridge,
    ) -> Result<Self, CreateError> {
        let mut adapter = Self {
            provider: Some(Arc::new(provider)),
            capabilities: Capabilities::new(),
            runtime,
            log,
        };
        adapter.capabilities = adapter
            .direct(P::capabilities)
            .map_err(|panic| CreateError::new(format!("its capabilities panicked: {panic}")))?;
        Ok(adapter)
    }

    fn provider(&self) -> &Arc<P> {
        self.provider.as_ref().expect("present until drop")
    }

    /// Runs an asynchronous call on the instance's runtime.
    fn call<T, F>(
        &self,
        hard_ms: u64,
        work: impl FnOnce(Arc<P>) -> F,
        otherwise: impl FnOnce(Interrupted) -> T + Send + 'static,
    ) -> FfiFuture<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let work = work(self.provider().clone());
        self.runtime
            .call(Duration::from_millis(hard_ms), work, otherwise)
    }

    /// Runs a synchronous call on the host's thread, within the instance's runtime and log.
    fn direct<T>(&self, work: impl FnOnce(&P) -> T) -> Result<T, String> {
        guard(|| {
            let _context = self.runtime.enter();
            self.log.within(|| work(self.provider()))
        })
    }
}

impl<P: Plugin> ProviderObject for Adapter<P> {
    fn capabilities(&self) -> RVec<CapabilityRecord> {
        self.capabilities.clone().into()
    }

    fn send(&self, message: Envelope, call: CallRecord) -> FfiFuture<Answer<ReceiptRecord>> {
        let deadline = call.hard_ms;
        let work =
            |provider: Arc<P>| async move { answer(send_one(&*provider, message, call).await) };
        self.call(deadline, work, |why| answer_err(doubt(&why)))
    }

    fn send_batch(
        &self,
        messages: RVec<Envelope>,
        call: CallRecord,
    ) -> FfiFuture<RVec<Answer<ReceiptRecord>>> {
        let expected = messages.len();
        let deadline = call.hard_ms;
        let work = |provider: Arc<P>| async move { send_all(&*provider, messages, call).await };
        self.call(deadline, work, move |why| {
            (0..expected).map(|_| answer_err(doubt(&why))).collect()
        })
    }

    fn find_sent(
        &self,
        queries: RVec<QueryRecord>,
        call: CallRecord,
    ) -> FfiFuture<RVec<LookupRecord>> {
        let expected = queries.len();
        let deadline = call.hard_ms;
        let work = |provider: Arc<P>| async move { find_all(&*provider, queries, call).await };
        self.call(deadline, work, move |why| {
            unknown(expected, &why.to_string())
        })
    }

    fn check(&self, call: CallRecord) -> FfiFuture<Answer<CheckRecord>> {
        let deadline = call.hard_ms;
        let work = |provider: Arc<P>| async move { answer(check(&*provider, call).await) };
        self.call(deadline, work, |why| answer_err(refused(&why)))
    }

    fn parse_webhook(&self, request: RequestRecord) -> Answer<RVec<EventRecord>> {
        if let Some(key) = unknown_key::<P>(&request.extensions) {
            return answer_err(unsupported_webhook(key));
        }
        let parsed = self.direct(|provider| provider.parse_webhook(&request.into()));
        match parsed {
            Ok(Ok(events)) => Answer::ROk(events.into_iter().map(Into::into).collect()),
            Ok(Err(error)) => answer_err(error),
            Err(panic) => answer_err(broken_webhook(&panic)),
        }
    }

    fn suppressions(
        &self,
        request: SuppressionRequestRecord,
        call: CallRecord,
    ) -> FfiFuture<Answer<SuppressionAnswerRecord>> {
        let deadline = call.hard_ms;
        let work =
            |provider: Arc<P>| async move { answer(suppressions(&*provider, request, call).await) };
        self.call(deadline, work, |why| answer_err(doubt(&why)))
    }

    fn render_unsubscribe(&self, stream: ROption<RString>) -> LinkRecord {
        let stream = stream.as_ref().map(RString::as_str).into_option();
        self.direct(|provider| provider.render_unsubscribe(stream))
            .unwrap_or_default()
            .into()
    }

    fn process_unsubscribe(
        &self,
        request: RequestRecord,
    ) -> Answer<ROption<RVec<UnsubscribeRecord>>> {
        if let Some(key) = unknown_key::<P>(&request.extensions) {
            return answer_err(unsupported_webhook(key));
        }
        let read = self.direct(|provider| provider.process_unsubscribe(&request.into()));
        match read {
            Ok(Ok(found)) => {
                let records = found.map(|list| list.into_iter().map(Into::into).collect());
                Answer::ROk(records.into())
            }
            Ok(Err(error)) => answer_err(error),
            Err(panic) => answer_err(broken_webhook(&panic)),
        }
    }

    fn shutdown(&self, grace_ms: u64) -> FfiFuture<()> {
        let grace = Duration::from_millis(grace_ms);
        let work = |provider: Arc<P>| async move { provider.shutdown(grace).await };
        self.call(grace_ms, work, |_| ())
    }
}

/// The author's destructor may panic; the host must not notice.
impl<P: Plugin> Drop for Adapter<P> {
    fn drop(&mut self) {
        let provider = self.provider.take();
        // The text of the panic has reached the host's log through the panic hook.
        let _ = guard(|| {
            let _context = self.runtime.enter();
            self.log.within(|| drop(provider));
        });
    }
}

async fn send_one<P: Plugin>(
    provider: &P,
    envelope: Envelope,
    call: CallRecord,
) -> Result<crate::Receipt, SendError> {
    check_keys::<P>(&envelope.record.extensions)?;
    check_keys::<P>(&call.extensions)?;
    let message = Message { envelope };
    provider.send(&message, &call.into()).await
}

/// Messages this plugin must refuse keep their place in the answer; the others go on together.
async fn send_all<P: Plugin>(
    provider: &P,
    envelopes: RVec<Envelope>,
    call: CallRecord,
) -> RVec<Answer<ReceiptRecord>> {
    let refusals: Vec<Result<(), SendError>> = envelopes
        .iter()
        .map(|envelope| {
            check_keys::<P>(&call.extensions)?;
            check_keys::<P>(&envelope.record.extensions)
        })
        .collect();
    let accepted: Vec<Message> = envelopes
        .into_iter()
        .zip(&refusals)
        .filter(|(_, refusal)| refusal.is_ok())
        .map(|(envelope, _)| Message { envelope })
        .collect();
    let mut sent = Vec::new().into_iter();
    if !accepted.is_empty() {
        sent = provider
            .send_batch(&accepted, &call.into())
            .await
            .into_iter();
    }
    refusals
        .into_iter()
        .map(|refusal| match refusal {
            Ok(()) => sent.next().map_or_else(|| answer_err(no_answer()), answer),
            Err(error) => answer_err(error),
        })
        .collect()
}

async fn check<P: Plugin>(provider: &P, call: CallRecord) -> Result<crate::CheckReport, SendError> {
    check_keys::<P>(&call.extensions)?;
    provider.check(&call.into()).await
}

async fn find_all<P: Plugin>(
    provider: &P,
    queries: RVec<QueryRecord>,
    call: CallRecord,
) -> RVec<LookupRecord> {
    let expected = queries.len();
    let foreign_key = queries
        .iter()
        .map(|query| &query.extensions)
        .chain([&call.extensions])
        .find_map(|extensions| unknown_key::<P>(extensions));
    if let Some(key) = foreign_key {
        return unknown(expected, &unsupported(key).to_string());
    }
    let queries: Vec<SentQuery> = queries.into_iter().map(Into::into).collect();
    let found = provider.find_sent(&queries, &call.into()).await;
    let missing = || Lookup::unknown("the plugin gave fewer answers than it was asked for");
    found
        .into_iter()
        .chain(std::iter::repeat_with(missing))
        .take(expected)
        .map(Into::into)
        .collect()
}

async fn suppressions<P: Plugin>(
    provider: &P,
    request: SuppressionRequestRecord,
    call: CallRecord,
) -> Result<SuppressionAnswerRecord, SendError> {
    check_keys::<P>(&request.extensions)?;
    check_keys::<P>(&call.extensions)?;
    let context = CallContext::from(call);
    let stream = request.stream.map(RString::into_string).into_option();
    let cursor = request.cursor.map(RString::into_string).into_option();
    let addresses: Vec<String> = request.addresses.iter().map(ToString::to_string).collect();
    match request.operation {
        LIST => {
            let page = provider.list_suppressions(stream, cursor, &context).await?;
            Ok(page.into())
        }
        ADD => {
            let changes = provider
                .add_suppressions(stream, &addresses, &context)
                .await?;
            Ok(changes.into())
        }
        REMOVE => {
            let changes = provider
                .remove_suppressions(stream, &addresses, &context)
                .await?;
            Ok(changes.into())
        }
        _ => Err(unsupported("suppressions.operation")),
    }
}

/// The operations of [`SuppressionRequestRecord`].
pub(super) const LIST: u32 = 1;
pub(super) const ADD: u32 = 2;
pub(super) const REMOVE: u32 = 3;

fn unknown_key<P: Plugin>(extensions: &[Extension]) -> Option<&str> {
    extensions
        .iter()
        .filter(|extension| extension.is_required())
        .map(Extension::key)
        .find(|key| !P::EXTENSIONS.contains(key))
}

fn check_keys<P: Plugin>(extensions: &[Extension]) -> Result<(), SendError> {
    unknown_key::<P>(extensions).map_or(Ok(()), |key| Err(unsupported(key)))
}

fn unsupported(key: &str) -> SendError {
    SendError::unsupported(
        key,
        format!("this plugin does not know the required extension `{key}`; a newer build may"),
    )
}

fn unsupported_webhook(key: &str) -> WebhookError {
    WebhookError::new(WebhookErrorKind::Unsupported, unsupported(key).to_string())
}

fn broken_webhook(panic: &str) -> WebhookError {
    WebhookError::malformed(format!(
        "the plugin panicked while reading the request: {panic}"
    ))
}

fn doubt(why: &Interrupted) -> SendError {
    SendError::in_doubt(why.to_string())
}

fn no_answer() -> SendError {
    SendError::in_doubt("the plugin gave fewer results than messages")
}

fn refused(why: &Interrupted) -> SendError {
    SendError::refused(crate::RefusalScope::Provider, why.to_string())
}

fn unknown(count: usize, why: &str) -> RVec<LookupRecord> {
    (0..count).map(|_| Lookup::unknown(why).into()).collect()
}

fn answer<T, R: From<T>, E: Into<ErrorRecord>>(result: Result<T, E>) -> Answer<R> {
    match result {
        Ok(value) => Answer::ROk(value.into()),
        Err(error) => answer_err(error),
    }
}

fn answer_err<R>(error: impl Into<ErrorRecord>) -> Answer<R> {
    Answer::RErr(error.into())
}
