//! A provider plugin that misbehaves on request.
//!
//! Left alone it is a good plugin: it answers every call, and its answers repeat what it was given, so that a test can compare both ends.
//! Each method can be told to misbehave by a setting of its name, and `send` and `send_batch` by the subject of a message as well.

mod act;
mod allocations;
mod describe;
mod echo;
mod settings;
mod signal;
mod webhooks;

use std::time::Duration;

use act::{Act, Bomb};
use plugin_api::prelude::*;
use settings::Settings;
use signal::Signal;

/// The provider: settings and the line to the test.
pub(crate) struct Hostile {
    settings: Settings,
    signal: Signal,
}

impl Plugin for Hostile {
    const NAME: &'static str = "hostile";
    const CAPABILITIES: &'static [Capability] = &[Capability::FindSent, Capability::Suppressions];
    const EXTENSIONS: &'static [&'static str] = &["test.known"];
    type Settings = Settings;

    fn create(settings: Settings, host: Host) -> Result<Self, CreateError> {
        if settings.token.is_empty() {
            let problem = "is empty; set it to any text";
            return Err(CreateError::setting("token", problem));
        }
        let signal = Signal::open(settings.signal.as_deref())?;
        signal.tell(format_args!(
            "created {} for {}",
            host.provider(),
            host.version()
        ));
        let hostile = Self { settings, signal };
        match hostile.settings.create {
            Some(Act::TellSecret) => {
                let secret = hostile.settings.token.expose();
                Err(CreateError::setting(
                    "token",
                    format!("`{secret}` is wrong"),
                ))
            }
            act => {
                hostile.misbehave(act, "create");
                Ok(hostile)
            }
        }
    }

    async fn shutdown(&self, grace: Duration) {
        self.signal
            .tell(format_args!("shutdown within {} ms", grace.as_millis()));
        self.misbehave_async(self.settings.shutdown, "shutdown")
            .await;
    }
}

#[async_trait]
impl EmailProvider for Hostile {
    fn capabilities(&self) -> Capabilities {
        self.misbehave(self.settings.capabilities, "capabilities");
        echo::capabilities()
    }

    async fn send(&self, message: &Message, context: &CallContext) -> Result<Receipt, SendError> {
        self.signal
            .tell(format_args!("send began {}", message.subject()));
        let _ended = self.signal.tell_at_end("send ended");
        let act = self.settings.send.or_else(|| Act::of(message.subject()));
        match act {
            Some(Act::TellSecret) => return Err(self.secret_error()),
            Some(Act::Accept) => return Ok(Receipt::new(ProviderMessageId::new("accepted"))),
            Some(Act::Rubbish) => return Err(echo::rubbish_error()),
            Some(Act::CountAllocations) => return Ok(allocations::receipt(message)),
            _ => self.misbehave_async(act, "send").await,
        }
        echo::send(message, context)
    }

    async fn send_batch(
        &self,
        messages: &[Message],
        context: &CallContext,
    ) -> Vec<Result<Receipt, SendError>> {
        self.misbehave_async(self.settings.send_batch, "send_batch")
            .await;
        let mut results = Vec::new();
        for message in messages {
            results.push(self.send(message, context).await);
        }
        self.miscount(self.settings.send_batch, &mut results, || {
            Err(SendError::unavailable("one too many"))
        });
        results
    }

    async fn find_sent(&self, queries: &[SentQuery], context: &CallContext) -> Vec<Lookup> {
        self.misbehave_async(self.settings.find_sent, "find_sent")
            .await;
        let mut found = echo::find_sent(queries, context);
        self.miscount(self.settings.find_sent, &mut found, || {
            Lookup::unknown("one too many")
        });
        found
    }

    async fn check(&self, context: &CallContext) -> Result<CheckReport, SendError> {
        self.misbehave_async(self.settings.check, "check").await;
        match self.settings.check {
            Some(Act::TellSecret) => Err(self.secret_error()),
            _ => Ok(echo::check(&self.settings.account, context)),
        }
    }

    fn parse_webhook(&self, request: &WebhookRequest) -> Result<Vec<Event>, WebhookError> {
        self.misbehave(self.settings.parse_webhook, "parse_webhook");
        match self.settings.parse_webhook {
            Some(Act::Rubbish) => Ok(webhooks::rubbish_events()),
            _ => webhooks::parse_webhook(request),
        }
    }

    async fn list_suppressions(
        &self,
        query: &SuppressionQuery,
        _context: &CallContext,
    ) -> Result<SuppressionPage, SendError> {
        self.misbehave_async(self.settings.suppressions, "suppressions")
            .await;
        Ok(echo::suppression_page(query))
    }

    async fn add_suppressions(
        &self,
        edit: &SuppressionEdit,
        _context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.misbehave_async(self.settings.suppressions, "suppressions")
            .await;
        let mut changes = echo::changes("added", edit);
        self.miscount(self.settings.suppressions, &mut changes, || {
            SuppressionChange::Done
        });
        Ok(changes)
    }

    async fn remove_suppressions(
        &self,
        edit: &SuppressionEdit,
        _context: &CallContext,
    ) -> Result<Vec<SuppressionChange>, SendError> {
        self.misbehave_async(self.settings.suppressions, "suppressions")
            .await;
        Ok(echo::changes("removed", edit))
    }
}

impl UnsubscribeHandler for Hostile {
    fn render_unsubscribe(&self, stream: Option<&str>) -> Option<UnsubscribeLink> {
        self.misbehave(self.settings.render_unsubscribe, "render_unsubscribe");
        webhooks::render_unsubscribe(stream)
    }

    fn process_unsubscribe(
        &self,
        request: &WebhookRequest,
    ) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
        self.misbehave(self.settings.process_unsubscribe, "process_unsubscribe");
        webhooks::process_unsubscribe(request)
    }
}

impl Hostile {
    /// What a synchronous method can do wrong.
    fn misbehave(&self, act: Option<Act>, method: &str) {
        match act {
            Some(Act::Panic) => panic!("boom in {method}"),
            Some(Act::Bomb) => std::panic::panic_any(Bomb { deeper: 0 }),
            Some(Act::NestedBomb) => std::panic::panic_any(Bomb { deeper: 3 }),
            Some(Act::Block) => self.signal.block(),
            Some(Act::Spin) => self.signal.spin(),
            Some(Act::Flood) => flood(),
            Some(Act::Log) => log(method),
            Some(Act::LogSecret) => {
                let token = self.settings.token.expose();
                tracing::warn!(token, "the token is {token}");
            }
            _ => {}
        }
    }

    /// The same, and what only an asynchronous one can.
    async fn misbehave_async(&self, act: Option<Act>, method: &str) {
        match act {
            Some(Act::Hang) => std::future::pending().await,
            Some(Act::HangOnABomb) => {
                let _bomb = Bomb { deeper: 3 };
                std::future::pending::<()>().await;
            }
            Some(Act::Yield) => tokio::task::yield_now().await,
            Some(Act::Spawn) => {
                let work =
                    tokio::spawn(async { tokio::time::sleep(Duration::from_millis(1)).await });
                work.await.expect("nothing stops it");
            }
            Some(Act::Wait) => tokio::time::sleep(Duration::from_millis(60)).await,
            Some(Act::WaitThenBlock) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
                self.signal.block();
            }
            other => self.misbehave(other, method),
        }
    }

    fn miscount<T>(&self, act: Option<Act>, results: &mut Vec<T>, extra: impl Fn() -> T) {
        match act {
            Some(Act::TooFew) => results.truncate(1),
            Some(Act::TooMany) => results.resize_with(results.len() + 3, extra),
            _ => {}
        }
    }

    fn secret_error(&self) -> SendError {
        let token = self.settings.token.expose().to_owned();
        SendError::refused(RefusalScope::Account, format!("the token {token} is wrong"))
            .with_provider_code(token.clone())
            .caused_by(format!("header X-Token: {token}"))
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.signal.tell(format_args!("destroyed"));
        self.misbehave(self.settings.drop, "drop");
    }
}

fn flood() {
    for number in 0..100_000 {
        tracing::error!(number, "flood");
    }
}

fn log(method: &str) {
    tracing::error!("error in {method}");
    tracing::warn!(answer = 42, "warn in {method}");
    tracing::info!("info in {method}\nsecond line");
    tracing::debug!("debug in {method}");
    tracing::trace!("trace in {method}");
}

export_plugin!(Hostile);
