#![doc = include_str!("../README.md")]

#[macro_use]
mod debug;

mod attachment;
mod capabilities;
mod context;
mod error;
mod event;
mod extension;
mod host;
mod lookup;
mod mailbox;
mod message;
pub mod metadata;
#[cfg(feature = "mock")]
mod mock;
mod plugin;
mod provider;
mod receipt;
mod secret;
mod suppression;
mod template;
mod tracking;
mod tracking_id;
mod unsubscribe;
mod webhook;

pub mod abi;

pub use attachment::Attachment;
pub use capabilities::{Capabilities, Capability};
pub use context::CallContext;
pub use error::{
    CreateError, RefusalScope, SendError, SendErrorKind, WebhookError, WebhookErrorKind,
};
pub use event::{BounceKind, Event, EventKind};
pub use extension::Extension;
pub use host::Host;
pub use lookup::{CheckReport, Lookup, SentQuery};
pub use mailbox::{Mailbox, MailboxError};
pub use message::{InvalidMessage, KeyValue, Message, MessageBuilder};
#[cfg(feature = "mock")]
pub use mock::MockProvider;
pub use plugin::Plugin;
pub use provider::{EmailProvider, Provider};
pub use receipt::{ProviderMessageId, Receipt, RecipientOutcome, RecipientResult};
pub use secret::Secret;
pub use suppression::{
    Suppression, SuppressionChange, SuppressionEdit, SuppressionOrigin, SuppressionPage,
    SuppressionQuery, SuppressionReason,
};
pub use template::Template;
pub use tracking::TrackLinks;
pub use tracking_id::{TrackingId, TrackingIdError};
pub use unsubscribe::{
    Unsubscribe, UnsubscribeHandler, UnsubscribeLink, crm_unsubscribe, parse_time, tag,
};
pub use webhook::WebhookRequest;

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use jiff::{self, Timestamp};
pub use plugin_api_macros::settings;
#[doc(hidden)]
pub use schemars;
pub use serde;
pub use serde_json;

/// What a plugin's source needs: `use plugin_api::prelude::*;`
pub mod prelude {
    pub use crate::{
        Attachment, BounceKind, CallContext, Capabilities, Capability, CheckReport, CreateError,
        EmailProvider, Event, EventKind, Host, Lookup, Mailbox, Message, Plugin, ProviderMessageId,
        Receipt, RecipientOutcome, RecipientResult, RefusalScope, Secret, SendError, SendErrorKind,
        SentQuery, Suppression, SuppressionChange, SuppressionEdit, SuppressionOrigin,
        SuppressionPage, SuppressionQuery, SuppressionReason, Timestamp, TrackingId, Unsubscribe,
        UnsubscribeHandler, UnsubscribeLink, WebhookError, WebhookErrorKind, WebhookRequest,
        async_trait, export_plugin, metadata,
    };
}

mod export_macro;
