//! The source of a message as mail programs show it. Providers write their own; this one is for reading.

use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::raw::Raw;
use plugin_api::{Mailbox, Message};

/// The message in RFC 5322 form, dated with its acceptance. Bcc is left out, as on the way.
pub(super) fn source(message: &Message, accepted_at: Timestamp) -> String {
    let builder = MessageBuilder::new()
        .message_id(format!("{}@host.invalid", message.tracking_id()))
        .date(accepted_at.as_second())
        .from(address(message.from()))
        .subject(message.subject());
    let lists = [
        ("To", message.to().map(address).collect::<Vec<_>>()),
        ("Cc", message.cc().map(address).collect()),
        ("Reply-To", message.reply_to().iter().map(address).collect()),
    ];
    let lists = lists.into_iter().filter(|(_, people)| !people.is_empty());
    let builder = lists.fold(builder, |it, (name, people)| {
        it.header(name, Address::new_list(people))
    });
    let headers = message.headers();
    let builder = headers.fold(builder, |it, (name, value)| {
        it.header(name, Raw::new(value))
    });
    let builder = message
        .text_body()
        .into_iter()
        .fold(builder, MessageBuilder::text_body);
    let builder = message
        .html_body()
        .into_iter()
        .fold(builder, MessageBuilder::html_body);
    let files = message.attachments().iter();
    let builder = files.fold(builder, |it, file| match file.content_id() {
        Some(id) => it.inline(file.content_type(), id, file.content()),
        None => it.attachment(file.content_type(), file.name(), file.content()),
    });
    // Writing into memory does not fail.
    builder.write_to_string().unwrap_or_default()
}

fn address(mailbox: &Mailbox) -> Address<'_> {
    Address::new_address(mailbox.name(), mailbox.address())
}
