//! Reading the answer to a send: what was accepted, for whom, and what was not.

use plugin_api::serde_json::{Value, from_slice};
use plugin_api::{
    Message, ProviderMessageId, Receipt, RecipientOutcome, RecipientResult, SendError,
    SendErrorKind, Timestamp,
};

use crate::{inactive, refusal};
use plugin_http::{Answer, Fields};

/// Postmark's envelope: of an acceptance, of a refusal, or of an item of a batch.
#[derive(Debug)]
pub(crate) struct Reply {
    /// `ErrorCode`; absent in the "delayed" acceptance.
    pub(crate) code: Option<i64>,
    /// `Message`.
    pub(crate) message: String,
    id: Option<String>,
    submitted_at: Option<Timestamp>,
}

impl Reply {
    /// The envelope of a whole answer, when it is one.
    pub(crate) fn of(answer: &Answer) -> Option<Self> {
        Self::read(&from_slice(&answer.body).ok()?)
    }

    /// Nothing, when it has an `ErrorCode` that is no number: it may say that the message was refused.
    fn read(value: &Value) -> Option<Self> {
        let fields = Fields::of(value)?;
        let code = fields.integer("ErrorCode");
        if code.is_none() && fields.has("ErrorCode") {
            return None;
        }
        Some(Self {
            code,
            message: fields.text("Message").unwrap_or_default(),
            id: fields.id("MessageID"),
            submitted_at: fields.time("SubmittedAt"),
        })
    }

    /// Whether this is an acceptance: an id, and no error. "Message accepted, but delivery may be delayed." has no `ErrorCode` at all.
    fn accepted_id(&self) -> Option<&str> {
        let id = self.id.as_deref()?;
        matches!(self.code, None | Some(0)).then_some(id)
    }

    /// Whether it says both that the message was refused and by which id it was accepted, or neither.
    fn is_contradictory(&self) -> bool {
        matches!(self.code, None | Some(0)) == self.id.is_none()
    }
}

/// The outcome of one message sent alone.
pub(crate) fn single(answer: &Answer, message: &Message) -> Result<Receipt, SendError> {
    outcome(answer, Reply::of(answer), message)
}

/// The outcomes of a batch, in its order. Items that the answer lacks are in doubt, and so are all when it has too many: then nobody
/// knows which item is whose.
pub(crate) fn batch(answer: &Answer, messages: &[&Message]) -> Vec<Result<Receipt, SendError>> {
    let items = match from_slice(&answer.body) {
        Ok(Value::Array(items)) if answer.status == 200 => items,
        _ => {
            let alone = messages.len() == 1;
            return messages
                .iter()
                .map(|message| Err(whole(answer, message, alone)))
                .collect();
        }
    };
    if items.len() > messages.len() {
        let why = "Postmark answered for more messages than the request had";
        return messages.iter().map(|_| Err(in_doubt(why))).collect();
    }
    let missing = "Postmark did not answer for this message of the batch";
    let mut items = items.iter();
    messages
        .iter()
        .map(|message| match items.next() {
            Some(item) => outcome(answer, Reply::read(item), message),
            None => Err(in_doubt(missing)),
        })
        .collect()
}

/// A batch answered as one: refused as a whole, or not understood. An acceptance of one message is none of a batch, and a fault of one
/// message, nobody knows which, must not be final for all: nothing was accepted, and the next batch is another.
fn whole(answer: &Answer, message: &Message, alone: bool) -> SendError {
    use SendErrorKind::{InvalidMessage, RecipientSuppressed, Unavailable, Unsupported};
    let reply = Reply::of(answer).filter(|reply| reply.id.is_none());
    let mut error = refused(answer, reply.as_ref(), message);
    let of_one = matches!(
        error.kind,
        InvalidMessage { .. } | RecipientSuppressed { .. } | Unsupported { .. }
    );
    if of_one && !alone {
        error.kind = Unavailable;
        error.message +=
            "; said of the whole batch, so no message is blamed: lower `max_batch` if it stays";
    }
    error
}

fn outcome(answer: &Answer, reply: Option<Reply>, message: &Message) -> Result<Receipt, SendError> {
    match &reply {
        Some(reply) if answer.status == 200 => match reply.accepted_id() {
            Some(id) => Ok(receipt(id, reply, message)),
            None => Err(refused(answer, Some(reply), message)),
        },
        reply => Err(refused(answer, reply.as_ref(), message)),
    }
}

fn refused(answer: &Answer, reply: Option<&Reply>, message: &Message) -> SendError {
    match reply {
        Some(reply) if answer.status == 200 && reply.is_contradictory() => in_doubt(
            "the answer says neither that the message was accepted nor that it was refused",
        ),
        reply => refusal::refused(answer, reply, message),
    }
}

fn receipt(id: &str, reply: &Reply, message: &Message) -> Receipt {
    let mut receipt = Receipt::new(ProviderMessageId::new(id));
    receipt.accepted_at = reply.submitted_at;
    if inactive::leaves_some_out(&reply.message) {
        receipt.recipients = left_out(&reply.message, message);
        receipt.note = Some("accepted; some recipients are on the suppression list".to_owned());
    } else if reply.message != "OK" && !reply.message.is_empty() {
        receipt.note = Some(crate::redact::public(&reply.message, true));
    }
    receipt
}

/// Who is left out. When the text says that somebody is and its list cannot be read, nothing is known of anybody.
fn left_out(text: &str, message: &Message) -> Vec<RecipientResult> {
    let named = inactive::named(text, message);
    if named.is_empty() {
        let unknown = |address| RecipientResult::new(address, RecipientOutcome::Unknown);
        return message
            .recipients()
            .map(|mailbox| unknown(mailbox.address()))
            .collect();
    }
    let suppressed = |address| RecipientResult::new(address, RecipientOutcome::Suppressed);
    named.into_iter().map(suppressed).collect()
}

fn in_doubt(why: &str) -> SendError {
    SendError::in_doubt(format!("postmark: {why}")).with_provider_code("200")
}
