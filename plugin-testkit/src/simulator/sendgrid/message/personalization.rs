//! One delivered mail of a request: its people, and what is different for them.

use serde_json::Value;

use super::letter::filled;
use super::{Mailbox, Reader};

#[derive(Clone, Debug)]
pub(in crate::simulator::sendgrid) struct Personalization {
    pub(in crate::simulator::sendgrid) to: Vec<Mailbox>,
    pub(in crate::simulator::sendgrid) cc: Vec<Mailbox>,
    pub(in crate::simulator::sendgrid) bcc: Vec<Mailbox>,
    pub(in crate::simulator::sendgrid) from: Option<Mailbox>,
    pub(in crate::simulator::sendgrid) subject: Option<String>,
    pub(in crate::simulator::sendgrid) headers: Vec<(String, String)>,
    /// What is put in place of what, in subject and bodies.
    pub(in crate::simulator::sendgrid) substitutions: Vec<(String, String)>,
    pub(in crate::simulator::sendgrid) template_data: Option<Value>,
    pub(in crate::simulator::sendgrid) custom_args: Vec<(String, String)>,
    pub(in crate::simulator::sendgrid) send_at: Option<i64>,
}

impl Personalization {
    pub(super) fn read(place: &Reader<'_>) -> Self {
        let (to, from) = (place.at("to"), place.at("from"));
        let people = Mailbox::list(&to);
        if people.is_empty() && to.items().is_empty() {
            to.refuse(
                "The to array is required for all personalization objects, and must have at least one email object with a \
                 valid email address.",
            );
        }
        let data = place.at("dynamic_template_data").object().cloned();
        Self {
            to: people,
            cc: Mailbox::list(&place.at("cc")),
            bcc: Mailbox::list(&place.at("bcc")),
            from: from.is_there().then(|| Mailbox::read(&from)).flatten(),
            subject: filled(&place.at("subject")),
            headers: place.at("headers").pairs(),
            substitutions: place.at("substitutions").pairs(),
            template_data: data.map(Value::Object),
            custom_args: place.at("custom_args").pairs(),
            send_at: place.at("send_at").integer(),
        }
    }

    /// To, Cc and Bcc, in this order, each with its field's name.
    pub(in crate::simulator::sendgrid) fn people(
        &self,
    ) -> impl Iterator<Item = (&'static str, &Mailbox)> {
        let named = |name, list| std::iter::repeat(name).zip(list);
        named("to", &self.to)
            .chain(named("cc", &self.cc))
            .chain(named("bcc", &self.bcc))
    }
}
