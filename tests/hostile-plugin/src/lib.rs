//! Temporary.
use plugin_api::prelude::*;
#[plugin_api::settings]
pub struct Settings { token: Secret }
pub struct Acme { token: Secret }
impl Plugin for Acme {
    const NAME: &'static str = "hostile";
    type Settings = Settings;
    fn create(settings: Settings, _host: Host) -> Result<Self, CreateError> { Ok(Self { token: settings.token }) }
}
#[async_trait]
impl EmailProvider for Acme {
    fn capabilities(&self) -> Capabilities { Capabilities::new().with_limit(Capability::MaxBatch, 7) }
    async fn send(&self, message: &Message, _c: &CallContext) -> Result<Receipt, SendError> {
        if message.subject() == "panic" { panic!("boom {}", self.token) }
        Ok(Receipt::new(ProviderMessageId::new(format!("acme-{}", message.tracking_id()))))
    }
    async fn check(&self, _c: &CallContext) -> Result<CheckReport, SendError> { Ok(CheckReport::new("acme")) }
}
impl UnsubscribeHandler for Acme {}
export_plugin!(Acme);
