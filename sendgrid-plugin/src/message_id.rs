//! The id of a message at SendGrid.
//!
//! SendGrid answers a request with one `X-Message-Id`, however many messages it brought, and gives each recipient's copy an id of its own
//! that begins with it (`sg_message_id` in events, `msg_id` in the search). Neither is the message's: the first is shared with others, the
//! second nobody knows when the request is answered. So the id is the request's together with the TrackingId that travels in the mail. Answers,
//! events and search all give both, and no two messages have both alike.

use plugin_api::ProviderMessageId;

/// The id of the message that carries this TrackingId, in the request of this `X-Message-Id`.
pub(crate) fn of_request(request_id: &str, tracking_id: &str) -> ProviderMessageId {
    ProviderMessageId::new(format!("{request_id}:{tracking_id}"))
}

/// The `X-Message-Id` of the request that a recipient's copy came with: what stands before the first dot of the copy's id.
pub(crate) fn request_of(copy_id: &str) -> Option<&str> {
    let request_id = copy_id.split('.').next()?.trim();
    (!request_id.is_empty()).then_some(request_id)
}

#[cfg(test)]
mod tests {
    use super::{of_request, request_of};

    #[test]
    fn what_a_copy_s_id_begins_with_is_the_request() {
        assert_eq!(request_of("abc-12_3.recvd-7f-1-65.0"), Some("abc-12_3"));
        assert_eq!(request_of("abc123"), Some("abc123"));
        assert_eq!(request_of(".0"), None);
        assert_eq!(request_of(""), None);
    }

    #[test]
    fn messages_of_one_request_have_ids_of_their_own() {
        assert_ne!(of_request("abc", "1"), of_request("abc", "2"));
    }
}
