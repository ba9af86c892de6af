//! Reading the answer to a send. SendGrid accepts or refuses a request as a whole, and says who is suppressed only later, by events.

use plugin_api::{Message, ProviderMessageId, Receipt, SendError, SendErrorKind};
use plugin_http::Answer;

use crate::refusal::{Blame, Fault, refused};
use crate::{SERVICE, message_id};

type Outcome = Result<Receipt, SendError>;

/// The outcomes of a request's messages, in its order.
pub(crate) fn outcomes(answer: &Answer, messages: &[&Message], sandbox: bool) -> Vec<Outcome> {
    let messages = messages.iter().copied();
    match answer.status {
        202 => messages
            .map(|message| Ok(receipt(answer, message)))
            .collect(),
        200 if sandbox && is_empty(answer) => messages
            .map(|message| Ok(checked(answer, message)))
            .collect(),
        _ => refusals(answer, messages.len()),
    }
}

fn refusals(answer: &Answer, messages: usize) -> Vec<Outcome> {
    let fault = Fault::of(answer);
    let blame = match messages {
        1 => Blame::All,
        _ => fault.as_ref().map_or(Blame::Nobody, Fault::blame),
    };
    let of_each = |place| Err(of_one(refused(answer, fault.as_ref()), blame, place));
    (0..messages).map(of_each).collect()
}

/// Accepted. Where SendGrid gives no id, the TrackingId is the message's.
fn receipt(answer: &Answer, message: &Message) -> Receipt {
    let tracking_id = message.tracking_id().to_string();
    let request_id = answer.header("X-Message-Id").map(str::trim);
    let id = match request_id.filter(|id| !id.is_empty()) {
        Some(request_id) => message_id::of_request(request_id, &tracking_id),
        None => ProviderMessageId::new(tracking_id),
    };
    let mut receipt = Receipt::new(id);
    receipt.accepted_at = answer.date;
    receipt
}

/// What sandbox mode answers. Where it was not asked for, a 200 is no answer of SendGrid's, and proves nothing.
fn checked(answer: &Answer, message: &Message) -> Receipt {
    let mut receipt = receipt(answer, message);
    receipt.note = Some("sandbox mode: checked, not sent".to_owned());
    receipt
}

fn is_empty(answer: &Answer) -> bool {
    answer.cut.is_none() && answer.body.iter().all(u8::is_ascii_whitespace)
}

/// A fault of one message must not be final for its neighbours: nothing was accepted, and next time each goes in a request of its own.
fn of_one(mut error: SendError, blame: Blame, place: usize) -> SendError {
    use SendErrorKind::{InvalidMessage, Unavailable, Unsupported};
    let is_about_a_message = matches!(error.kind, InvalidMessage { .. } | Unsupported { .. });
    if is_about_a_message && !blame.concerns(place) {
        error.kind = Unavailable;
        error.message = format!(
            "{SERVICE}: not accepted, because another message of the same request was refused"
        );
    }
    error
}
