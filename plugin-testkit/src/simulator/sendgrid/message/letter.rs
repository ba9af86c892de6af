//! What all recipients of a request get.

use super::{Attachment, Bypass, Mailbox, Reader, Tracking};

#[derive(Clone, Debug)]
pub(in crate::simulator::sendgrid) struct Letter {
    pub(in crate::simulator::sendgrid) from: Mailbox,
    pub(in crate::simulator::sendgrid) reply_to: Vec<Mailbox>,
    pub(in crate::simulator::sendgrid) subject: Option<String>,
    pub(in crate::simulator::sendgrid) content: Vec<Body>,
    pub(in crate::simulator::sendgrid) attachments: Vec<Attachment>,
    pub(in crate::simulator::sendgrid) template: Option<String>,
    pub(in crate::simulator::sendgrid) headers: Vec<(String, String)>,
    pub(in crate::simulator::sendgrid) categories: Vec<String>,
    pub(in crate::simulator::sendgrid) custom_args: Vec<(String, String)>,
    pub(in crate::simulator::sendgrid) send_at: Option<i64>,
    /// The unsubscribe group.
    pub(in crate::simulator::sendgrid) group: Option<u64>,
    pub(in crate::simulator::sendgrid) tracking: Tracking,
    pub(in crate::simulator::sendgrid) bypass: Bypass,
}

/// One of the alternatives of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator::sendgrid) struct Body {
    pub(in crate::simulator::sendgrid) kind: String,
    pub(in crate::simulator::sendgrid) value: String,
}

impl Letter {
    /// Nothing without a sender; other problems are noted only.
    pub(super) fn read(document: &Reader<'_>) -> Option<Self> {
        let template = document.at("template_id").text();
        let content = read_content(&document.at("content"), template.is_some());
        let from = read_from(&document.at("from"));
        let letter = |from| Self {
            from,
            reply_to: read_reply_to(document),
            subject: filled(&document.at("subject")),
            content,
            attachments: Attachment::list(&document.at("attachments")),
            template: template.map(str::to_owned),
            headers: document.at("headers").pairs(),
            categories: texts(&document.at("categories")),
            custom_args: document.at("custom_args").pairs(),
            send_at: document.at("send_at").integer(),
            group: read_group(&document.at("asm")),
            tracking: Tracking::read(&document.at("tracking_settings")),
            bypass: Bypass::read(&document.at("mail_settings")),
        };
        from.map(letter)
    }
}

fn read_from(place: &Reader<'_>) -> Option<Mailbox> {
    if place.is_there() {
        return Mailbox::read(place);
    }
    place.at("email").refuse(
        "The from object must be provided for every email send. It is an object that requires the email parameter, but may \
         also contain a name parameter.  e.g. {\"email\" : \"example@example.com\"}  or {\"email\" : \"example@example.com\", \"name\" : \
         \"Example Recipient\"}.",
    );
    None
}

fn read_reply_to(document: &Reader<'_>) -> Vec<Mailbox> {
    let (one, list) = (document.at("reply_to"), document.at("reply_to_list"));
    if one.is_there() && list.is_there() {
        list.refuse("Only one of reply_to and reply_to_list may be given.");
    }
    let all = match one.is_there() {
        true => Mailbox::read(&one).into_iter().collect(),
        false => Mailbox::list(&list),
    };
    let mut keys: Vec<String> = all.iter().map(Mailbox::key).collect();
    keys.sort();
    keys.dedup();
    if keys.len() < all.len() {
        list.refuse("Each email address in reply_to_list must be unique.");
    }
    all
}

fn read_content(place: &Reader<'_>, templated: bool) -> Vec<Body> {
    let items = place.items();
    if items.is_empty() && !templated {
        place.refuse(
            "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined \
             content block. We typically suggest both text/plain and text/html blocks are included, but only one block is \
             required.",
        );
    }
    items.iter().filter_map(read_body).collect()
}

fn read_body(place: &Reader<'_>) -> Option<Body> {
    let (kind, value) = (place.at("type"), place.at("value"));
    let read = |field: &Reader<'_>, what: &str| {
        let text = filled(field);
        if text.is_none() {
            field.refuse(format!(
                "The content {what} must be a string at least one character in length."
            ));
        }
        text
    };
    let (kind_text, value_text) = (read(&kind, "type"), read(&value, "value"));
    let kind_text = kind_text?;
    if kind_text.contains([';', '\r', '\n']) {
        kind.refuse("The content type cannot contain ';', or CRLF characters.");
    }
    Some(Body {
        kind: kind_text.to_ascii_lowercase(),
        value: value_text?,
    })
}

fn read_group(place: &Reader<'_>) -> Option<u64> {
    let id = place.at("group_id");
    let group = id.integer().and_then(|it| u64::try_from(it).ok());
    if place.is_there() && group.is_none() {
        id.refuse("The group_id is required and must be the id of an unsubscribe group.");
    }
    let shown = place.at("groups_to_display");
    if shown.items().len() > 25 {
        shown.refuse("At most 25 groups may be displayed.");
    }
    group
}

pub(super) fn filled(place: &Reader<'_>) -> Option<String> {
    let text = place.text().filter(|text| !text.is_empty());
    text.map(str::to_owned)
}

fn texts(place: &Reader<'_>) -> Vec<String> {
    let items = place.items();
    let texts = items.iter().filter_map(Reader::text);
    texts.map(str::to_owned).collect()
}
