//! The plugin's side of the boundary: an author's provider behind the ABI's provider object.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use abi_stable::std_types::RVec;
use async_ffi::FfiFuture;

use super::guard::guard;
use super::log::LogBridge;
use super::record::*;
use super::runtime::{CallRuntime, Interrupted};
use super::table::{Answer, ProviderObject, Unsubscribes};
use crate::{CallContext, Capabilities, CreateError, Plugin};

mod answers;
mod keys;
mod work;

use answers::{answer, answer_err, broken_webhook, interrupted, refused, unknown};
pub(super) use answers::{complete, unanswered};
pub(super) use keys::no_required_key;

/// An author's provider with the runtime and log of its own, as the host holds it.
pub(super) struct Adapter<P: Plugin> {
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

    /// Runs an asynchronous call on the instance's runtime. Its deadlines count from here, not from when a thread is free for it.
    fn call<T, F>(
        &self,
        call: CallRecord,
        work: impl FnOnce(Arc<P>, CallContext) -> F,
        otherwise: impl FnOnce(Interrupted) -> T + Send + 'static,
    ) -> FfiFuture<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let context = CallContext::from(call);
        let deadline = context.hard_deadline();
        let work = work(self.provider().clone(), context);
        self.runtime.call(deadline, work, otherwise)
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
        let work = |provider: Arc<P>, context| async move {
            answer(work::send(&*provider, message, &context).await)
        };
        self.call(call, work, |why| answer_err(interrupted(&why)))
    }

    fn send_batch(
        &self,
        messages: RVec<Envelope>,
        call: CallRecord,
    ) -> FfiFuture<RVec<Answer<ReceiptRecord>>> {
        let expected = messages.len();
        let work = |provider: Arc<P>, context| async move {
            work::send_batch(&*provider, messages, &context).await
        };
        self.call(call, work, move |why| {
            (0..expected)
                .map(|_| answer_err(interrupted(&why)))
                .collect()
        })
    }

    fn find_sent(
        &self,
        queries: RVec<QueryRecord>,
        call: CallRecord,
    ) -> FfiFuture<RVec<LookupRecord>> {
        let expected = queries.len();
        let work = |provider: Arc<P>, context| async move {
            work::find_sent(&*provider, queries, &context).await
        };
        self.call(call, work, move |why| unknown(expected, &why.to_string()))
    }

    fn check(&self, call: CallRecord) -> FfiFuture<Answer<CheckRecord>> {
        let work = |provider: Arc<P>, context| async move {
            answer(work::check(&*provider, &context).await)
        };
        self.call(call, work, |why| answer_err(refused(&why)))
    }

    fn parse_webhook(&self, request: RequestRecord) -> Answer<RVec<EventRecord>> {
        if let Err(error) = no_required_key(&request.extensions) {
            return answer_err(answers::unsupported_webhook(&error));
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
        let work = |provider: Arc<P>, context| async move {
            answer(work::suppressions(&*provider, request, &context).await)
        };
        self.call(call, work, |why| answer_err(interrupted(&why)))
    }

    fn render_unsubscribe(&self, request: LinkRequestRecord) -> LinkRecord {
        if no_required_key(&request.extensions).is_err() {
            return None.into();
        }
        let stream = request.stream.as_deref().into_option();
        self.direct(|provider| provider.render_unsubscribe(stream))
            .unwrap_or_default()
            .into()
    }

    fn process_unsubscribe(&self, request: RequestRecord) -> Answer<Unsubscribes> {
        if let Err(error) = no_required_key(&request.extensions) {
            return answer_err(answers::unsupported_webhook(&error));
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
        let grace = Duration::from_millis(grace_ms).min(crate::context::LONGEST_CALL);
        let provider = self.provider().clone();
        let work = async move { provider.shutdown(grace).await };
        self.runtime.call(Instant::now() + grace, work, |_| ())
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
