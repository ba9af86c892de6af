//! What an operator configures, and the checks that need no network.

use std::time::Duration;

use plugin_api::{CreateError, Secret, TrackLinks};
use plugin_http::{Connection, Credential, HeaderName};
use serde::Deserialize;

use crate::unsubscribe::Link;
use crate::webhook::{PublicKey, Signed};

/// The API of subusers in the EU, for whom the Email Activity search has no data. Source: SendGrid's manual of that search.
const EU_HOST: &str = "api.eu.sendgrid.com";

/// The settings of a SendGrid provider. Unknown keys are refused.
#[plugin_api::settings]
#[derive(Debug, Clone)]
pub struct Settings {
    /// An API key with the permission `mail.send` (SendGrid: Settings, API Keys). Required.
    #[serde(default)]
    pub api_key: Secret,
    /// Where the API is: `https://api.eu.sendgrid.com` for subusers in the EU. `https`, or `http` on this machine (for a simulator): a key must
    /// not travel in clear.
    #[serde(default = "defaults::base_url")]
    pub base_url: String,
    /// The id of the unsubscribe group whose link replaces the unsubscribe tag. Not set, and without `subscription_tracking`: the host's own link.
    #[serde(default)]
    pub unsubscribe_group: Option<u64>,
    /// Whether SendGrid's global unsubscribe link replaces the unsubscribe tag. Not together with `unsubscribe_group`. Default false.
    #[serde(default)]
    pub subscription_tracking: bool,
    /// Whether opens are tracked when a message does not say. Not set: the account's own setting.
    #[serde(default)]
    pub track_opens: Option<bool>,
    /// Which links are tracked when a message does not say: `None`, `HtmlAndText`, `HtmlOnly`. Not set: the account's own setting.
    #[serde(default)]
    pub track_links: Option<LinkTracking>,
    /// Check messages and deliver nothing (SendGrid's sandbox mode). Default false.
    #[serde(default)]
    pub sandbox: bool,
    /// Whether the account has bought the Email Activity add-on, whose search settles doubts. Default false: only webhooks settle them.
    #[serde(default)]
    pub activity_search: bool,
    /// The verification keys of the Signed Event Webhook, each one line of base64 (SendGrid: Mail Settings, Event Webhook). Each webhook has one of
    /// its own, and while one is replaced both count. With any, requests that none of them has signed are refused.
    #[serde(default)]
    pub webhook_public_keys: Vec<String>,
    /// How old a signed request may be, in seconds. From 60; default 86400: SendGrid repeats requests for a day, and whether a repeat is
    /// signed anew is not documented.
    #[serde(default = "defaults::webhook_max_age_s")]
    pub webhook_max_age_s: u64,
    /// A proxy for all calls, `http://[user:password@]host:port`. Not set: the environment's `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
    /// Never used for a `base_url` of plain `http`.
    #[serde(default)]
    pub proxy: Option<Secret>,
    /// A PEM file of certificate authorities trusted beside the system's: for a proxy that looks into TLS.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// Milliseconds to connect, TLS included, before the service counts as unavailable. From 1; default 10000.
    #[serde(default = "defaults::connect_timeout_ms")]
    pub connect_timeout_ms: u64,
    /// Milliseconds an unused connection is kept for the next call; 0 keeps none. Default 30000: shorter than the minute after which
    /// common load balancers hang up, because a request that crosses such a hang-up is in doubt.
    #[serde(default = "defaults::idle_timeout_ms")]
    pub idle_timeout_ms: u64,
}

/// Which links are tracked. SendGrid cannot track those of the text body alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, plugin_api::schemars::JsonSchema)]
#[serde(crate = "plugin_api::serde")]
#[schemars(crate = "plugin_api::schemars")]
pub enum LinkTracking {
    /// No link.
    None,
    /// Links of both bodies.
    HtmlAndText,
    /// Links of the HTML body.
    HtmlOnly,
}

mod defaults {
    pub(super) fn base_url() -> String {
        "https://api.sendgrid.com".to_owned()
    }

    pub(super) fn webhook_max_age_s() -> u64 {
        86_400
    }

    pub(super) fn connect_timeout_ms() -> u64 {
        10_000
    }

    pub(super) fn idle_timeout_ms() -> u64 {
        30_000
    }
}

impl From<LinkTracking> for TrackLinks {
    fn from(choice: LinkTracking) -> Self {
        match choice {
            LinkTracking::None => Self::None,
            LinkTracking::HtmlAndText => Self::HtmlAndText,
            LinkTracking::HtmlOnly => Self::HtmlOnly,
        }
    }
}

impl Settings {
    /// How the API is reached.
    pub(crate) fn connection(&self) -> Connection<'_> {
        Connection {
            user_agent: concat!("sendgrid-plugin/", env!("CARGO_PKG_VERSION")),
            base_url: &self.base_url,
            proxy: self.proxy.as_ref(),
            ca_file: self.ca_file.as_deref(),
            connect_timeout_ms: self.connect_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
        }
    }

    pub(crate) fn credential(&self) -> Result<Credential<'_>, CreateError> {
        Ok(Credential {
            setting: "api_key",
            header: HeaderName::from_static("authorization"),
            prefix: "Bearer ",
            secret: self.key()?,
        })
    }

    /// The key, without white space around it: secrets read from files often end in a line break.
    fn key(&self) -> Result<&str, CreateError> {
        match self.api_key.expose().trim() {
            "" => Err(CreateError::setting(
                "api_key",
                "is empty; set it to an API key with the permission `mail.send` (SendGrid: Settings, API Keys)",
            )),
            key => Ok(key),
        }
    }

    /// The part of the key that SendGrid shows as its id and that is no secret: `SG.<id>.<secret>`.
    pub(crate) fn key_id(&self) -> Option<&str> {
        let (id, _) = self
            .api_key
            .expose()
            .trim()
            .strip_prefix("SG.")?
            .split_once('.')?;
        (!id.is_empty()).then_some(id)
    }

    /// What takes the place of the unsubscribe tag.
    pub(crate) fn link(&self) -> Result<Link, CreateError> {
        match (self.unsubscribe_group, self.subscription_tracking) {
            (None, false) => Ok(Link::None),
            (None, true) => Ok(Link::Global),
            (Some(0), _) => Err(CreateError::setting(
                "unsubscribe_group",
                "is 0; expected the id of an unsubscribe group (SendGrid: Suppressions, Unsubscribe Groups)",
            )),
            (Some(group), false) => Ok(Link::Group(group)),
            (Some(_), true) => Err(CreateError::setting(
                "subscription_tracking",
                "is true beside `unsubscribe_group`, and only one of them can be the link; remove one",
            )),
        }
    }

    /// Whether doubts are settled by the search.
    pub(crate) fn searches(&self) -> Result<bool, CreateError> {
        let base = self.connection().base()?;
        if self.activity_search && base.host_str() == Some(EU_HOST) {
            return Err(CreateError::setting(
                "activity_search",
                format!(
                    "is true, and SendGrid keeps no activity of what went through `{EU_HOST}`: every message would seem absent; remove it"
                ),
            ));
        }
        Ok(self.activity_search)
    }

    /// What webhooks are judged by, where there is a key.
    pub(crate) fn signed(&self) -> Result<Option<Signed>, CreateError> {
        if self.webhook_max_age_s < 60 {
            return Err(CreateError::setting(
                "webhook_max_age_s",
                format!("is {}; expected 60 or more seconds", self.webhook_max_age_s),
            ));
        }
        let keys = self.webhook_public_keys.iter().enumerate();
        let keys = keys.map(|(place, key)| {
            let wrong =
                |problem| CreateError::setting(format!("webhook_public_keys[{place}]"), problem);
            PublicKey::read(key).map_err(wrong)
        });
        let keys: Vec<PublicKey> = keys.collect::<Result<_, _>>()?;
        let max_age = Duration::from_secs(self.webhook_max_age_s);
        Ok((!keys.is_empty()).then(|| Signed::new(keys, max_age)))
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use plugin_api::serde_json::{Value, from_value, json};

    fn settings(change: Value) -> Settings {
        let mut all = json!({ "api_key": "SG.an-id.a-secret" });
        for (key, value) in change.as_object().unwrap() {
            all[key] = value.clone();
        }
        from_value(all).unwrap()
    }

    #[test]
    fn only_one_link_can_take_the_tag_s_place() {
        let both = settings(json!({ "unsubscribe_group": 4711, "subscription_tracking": true }));
        let error = both.link().unwrap_err();
        assert_eq!(error.setting.as_deref(), Some("subscription_tracking"));
    }

    #[test]
    fn a_search_that_never_shows_anything_is_not_asked() {
        let here = settings(json!({ "activity_search": true }));
        assert!(here.searches().unwrap());
        let eu = json!({ "activity_search": true, "base_url": "https://API.eu.sendgrid.com" });
        let error = settings(eu).searches().unwrap_err();
        assert_eq!(error.setting.as_deref(), Some("activity_search"));
    }

    #[test]
    fn the_id_of_a_key_is_not_its_secret() {
        assert_eq!(settings(json!({})).key_id(), Some("an-id"));
        assert_eq!(settings(json!({ "api_key": "something" })).key_id(), None);
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", settings(json!({})));
        assert!(!shown.contains("a-secret"), "{shown}");
    }
}
