//! SendGrid's switches: unsubscribe group, tracking, sandbox.

use plugin_api::{SendError, TrackLinks};
use serde::Serialize;

use crate::SERVICE;
use crate::unsubscribe::{GLOBAL_PLACEHOLDER, Link};

/// The unsubscribe group of a message. It is named only where the message wants a link: who left the group still gets password resets.
#[derive(Serialize, PartialEq)]
pub(super) struct Asm {
    group_id: u64,
}

impl Asm {
    pub(super) fn of(link: Link, wanted: bool) -> Option<Self> {
        match link {
            Link::Group(group_id) if wanted => Some(Self { group_id }),
            _ => None,
        }
    }
}

#[derive(Serialize, PartialEq)]
pub(super) struct TrackingSettings {
    #[serde(skip_serializing_if = "Option::is_none")]
    click_tracking: Option<Clicks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    open_tracking: Option<Switch>,
    /// Always said: an account that has it on would add a second link, and one to password resets.
    subscription_tracking: Subscription,
}

#[derive(Serialize, PartialEq)]
struct Clicks {
    enable: bool,
    enable_text: bool,
}

#[derive(Serialize, PartialEq)]
struct Switch {
    enable: bool,
}

#[derive(Serialize, PartialEq)]
struct Subscription {
    enable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    substitution_tag: Option<&'static str>,
}

#[derive(Serialize, PartialEq)]
pub(super) struct MailSettings {
    sandbox_mode: Switch,
}

impl TrackingSettings {
    pub(super) fn of(
        opens: Option<bool>,
        links: Option<TrackLinks>,
        link: Link,
        wants_tag: bool,
    ) -> Result<Self, SendError> {
        let global = link == Link::Global && wants_tag;
        Ok(Self {
            click_tracking: links.map(clicks).transpose()?.flatten(),
            open_tracking: opens.map(|enable| Switch { enable }),
            subscription_tracking: Subscription {
                enable: global,
                substitution_tag: global.then_some(GLOBAL_PLACEHOLDER),
            },
        })
    }
}

/// A choice that this version of the contract does not name is left to the account.
fn clicks(choice: TrackLinks) -> Result<Option<Clicks>, SendError> {
    let (enable, enable_text) = match choice {
        TrackLinks::None => (false, false),
        TrackLinks::HtmlAndText => (true, true),
        TrackLinks::HtmlOnly => (true, false),
        TrackLinks::TextOnly => {
            return Err(SendError::unsupported(
                "TrackLinks",
                format!(
                    "{SERVICE}: `TrackLinks` is `TextOnly`; SendGrid tracks links of the HTML body, or of both"
                ),
            ));
        }
        _ => return Ok(None),
    };
    Ok(Some(Clicks {
        enable,
        enable_text,
    }))
}

impl MailSettings {
    pub(super) fn of(sandbox: bool) -> Option<Self> {
        sandbox.then_some(Self {
            sandbox_mode: Switch { enable: true },
        })
    }
}
