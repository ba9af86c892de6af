//! The bodies and the files, put together: text beside HTML, HTML with its images, all of it beside the files.

use lettre::message::{MultiPart, SinglePart};
use plugin_api::tag::{self, Body as Kind};
use plugin_api::{Attachment, Message, SendError};

use super::attachment;

/// What stands below the headers.
pub(super) enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

pub(super) fn of(message: &Message) -> Result<Body, SendError> {
    let mut images = Vec::new();
    let mut files = Vec::new();
    for (place, file) in message.attachments().iter().enumerate() {
        let is_image = Attachment::content_id(file).is_some() && has(message.html_body());
        let part = attachment::part(place, file)?;
        if is_image { &mut images } else { &mut files }.push(part);
    }
    let body = readable(message, images);
    Ok(match (body, files.is_empty()) {
        (body, true) => body,
        (Body::Single(part), false) => {
            Body::Multi(with(MultiPart::mixed().singlepart(part), files))
        }
        (Body::Multi(parts), false) => {
            Body::Multi(with(MultiPart::mixed().multipart(parts), files))
        }
    })
}

/// What is read: text, HTML, or a choice of both.
fn readable(message: &Message, images: Vec<SinglePart>) -> Body {
    let text = message.text_body().filter(|text| !text.is_empty());
    let Some(html) = message.html_body().filter(|html| !html.is_empty()) else {
        return Body::Single(SinglePart::plain(lines(
            text.unwrap_or_default(),
            Kind::Text,
        )));
    };
    let html = SinglePart::html(lines(html, Kind::Html));
    let html = match images.is_empty() {
        true => Body::Single(html),
        false => Body::Multi(with(MultiPart::related().singlepart(html), images)),
    };
    let Some(text) = text else {
        return html;
    };
    let choice = MultiPart::alternative().singlepart(SinglePart::plain(lines(text, Kind::Text)));
    Body::Multi(match html {
        Body::Single(html) => choice.singlepart(html),
        Body::Multi(html) => choice.multipart(html),
    })
}

fn with(parts: MultiPart, more: Vec<SinglePart>) -> MultiPart {
    more.into_iter().fold(parts, MultiPart::singlepart)
}

fn has(body: Option<&str>) -> bool {
    body.is_some_and(|body| !body.is_empty())
}

/// Without the unsubscribe tag, which the host has replaced where there is a link for it: nobody after this plugin would.
///
/// With whole line breaks: a half one would end lines for some servers and not for others, and lettre would mend them one by one, each time
/// moving the rest of the text.
fn lines(text: &str, kind: Kind) -> String {
    let text = tag::remove(text, kind);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace('\n', "\r\n")
}
