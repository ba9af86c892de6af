//! `host-demo messages list`

use std::process::ExitCode;

use clap::Args;
use plugin_host::{MessageFilter, MessageState, MessageSummary};
use serde_json::json;

use super::record;
use crate::commands::{ConfigArgument, Failure, JsonArgument};
use crate::terminal::{bad, dim, good, say, say_json, table, time, warn};

#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    config: ConfigArgument,
    /// In this state: queued, sending, retry-wait, in-doubt, sent, rejected, suppressed, cancelled; several are possible.
    #[arg(long, value_name = "STATE")]
    state: Vec<MessageState>,
    /// With this recipient in To, Cc or Bcc.
    #[arg(long, value_name = "ADDRESS")]
    recipient: Option<String>,
    /// For this lead.
    #[arg(long, value_name = "ID")]
    lead: Option<String>,
    /// Of this account.
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// With this tag.
    #[arg(long)]
    tag: Option<String>,
    /// With this in the subject.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// So many at the most.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    count: u32,
    /// After leaving out so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    offset: u32,
    #[command(flatten)]
    json: JsonArgument,
}

impl List {
    pub(super) async fn run(self) -> Result<ExitCode, Failure> {
        let record = record(&self.config)?;
        let filter = MessageFilter {
            account: self.account,
            recipient: self.recipient,
            tag: self.tag,
            subject: self.subject,
            states: self.state,
            lead: self.lead,
            count: self.count,
            offset: self.offset,
            ..MessageFilter::default()
        };
        let page = record.search(&filter).await.map_err(Failure::failed)?;
        if self.json.json {
            say_json(&json!({ "total": page.total, "messages": page.messages }));
        } else {
            let headings = [
                "ACCEPTED", "MESSAGE", "TO", "SUBJECT", "STATE", "PROVIDER", "REASON",
            ];
            say(table(headings, page.messages.iter().map(row)));
            say(dim(&format!("{} of {}", page.messages.len(), page.total)));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn row(message: &MessageSummary) -> [String; 7] {
    let first = message
        .recipients
        .first()
        .map(|it| it.address.as_str())
        .unwrap_or_default();
    let others = message.recipients.len().saturating_sub(1);
    [
        time(message.accepted_at),
        message.tracking_id.to_string(),
        if others == 0 {
            first.to_owned()
        } else {
            format!("{first} +{others}")
        },
        message.subject.clone(),
        state(message.state),
        message.provider.clone().unwrap_or_default(),
        message.reason.clone().unwrap_or_default(),
    ]
}

/// A state as a coloured word.
pub(crate) fn state(state: MessageState) -> String {
    let word = state.to_string();
    match state {
        MessageState::Sent => good(&word),
        MessageState::Rejected => bad(&word),
        MessageState::Suppressed | MessageState::InDoubt | MessageState::RetryWait => warn(&word),
        _ => word,
    }
}
