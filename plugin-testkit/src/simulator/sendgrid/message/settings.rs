//! Switches of a request: tracking, suppression lists that are passed over, sandbox.

use super::Reader;
use super::letter::filled;

/// What is tracked; what is not said is the account's choice.
#[derive(Clone, Debug, Default)]
pub(in crate::simulator::sendgrid) struct Tracking {
    pub(in crate::simulator::sendgrid) clicks: Option<bool>,
    pub(in crate::simulator::sendgrid) opens: Option<bool>,
    pub(in crate::simulator::sendgrid) subscription: Option<Subscription>,
}

/// An unsubscribe link of the service's own.
#[derive(Clone, Debug, Default)]
pub(in crate::simulator::sendgrid) struct Subscription {
    /// What the bare address takes the place of; then nothing is added at the end.
    pub(in crate::simulator::sendgrid) substitution_tag: Option<String>,
    pub(in crate::simulator::sendgrid) text: Option<String>,
    pub(in crate::simulator::sendgrid) html: Option<String>,
}

/// Which suppression lists are passed over.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::simulator::sendgrid) struct Bypass {
    pub(in crate::simulator::sendgrid) unsubscribes: bool,
    pub(in crate::simulator::sendgrid) bounces: bool,
    pub(in crate::simulator::sendgrid) spam_reports: bool,
}

impl Tracking {
    pub(super) fn read(place: &Reader<'_>) -> Self {
        let (clicks, subscription) = (
            place.at("click_tracking"),
            place.at("subscription_tracking"),
        );
        // Checked for its type; links of the text body are not looked at apart.
        clicks.at("enable_text").flag();
        let read = |place: &Reader<'_>| Subscription {
            substitution_tag: filled(&place.at("substitution_tag")),
            text: filled(&place.at("text")),
            html: filled(&place.at("html")),
        };
        Self {
            clicks: clicks.at("enable").flag(),
            opens: place.at("open_tracking").at("enable").flag(),
            subscription: is_on(&subscription).then(|| read(&subscription)),
        }
    }
}

impl Bypass {
    pub(super) fn read(place: &Reader<'_>) -> Self {
        let on = |name: &str| is_on(&place.at(name));
        let all = on("bypass_list_management");
        Self {
            unsubscribes: all || on("bypass_unsubscribe_management"),
            bounces: all || on("bypass_bounce_management"),
            spam_reports: all || on("bypass_spam_management"),
        }
    }
}

pub(super) fn sandbox(document: &Reader<'_>) -> bool {
    is_on(&document.at("mail_settings").at("sandbox_mode"))
}

fn is_on(place: &Reader<'_>) -> bool {
    place.at("enable").flag().unwrap_or(false)
}
