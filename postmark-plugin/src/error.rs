//! What each refusal means: one table from (HTTP status, ErrorCode) to what the host does next.
//!
//! The pair decides, never one of the two: an ErrorCode 401, 403, 413, 422 or 429 is not the HTTP status of that number. Source: the
//! fact sheet's 1.2 to 1.4, from Postmark's API overview.

use plugin_api::RefusalScope;

/// What the host does next, before the texts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Invalid,
    Suppressed,
    Refused(RefusalScope),
    Throttled,
    Unavailable,
    InDoubt,
    Unsupported(&'static str),
}

/// The table: what a pair means, and what an operator should know.
pub(crate) fn verdict(status: u16, code: Option<i64>) -> (Verdict, &'static str) {
    use RefusalScope::{Account, Provider};
    use Verdict::{InDoubt, Refused, Throttled, Unavailable, Unsupported};
    match (status, code) {
        // Postmark itself says that a message is "in most cases" lost: in some it is not.
        (_, Some(101)) => (InDoubt, "Postmark met an unexpected error"),
        (200 | 422 | 503, Some(100)) => (Unavailable, "Postmark is down for maintenance"),
        (422, Some(0)) => (InDoubt, "the answer contradicts itself"),
        // A refused item of a batch stands in an answer with status 200.
        (200 | 422, Some(code)) => refusal_code(code),
        (422, None) => (
            Refused(Provider),
            "something before Postmark refused the request; check `base_url` and `proxy`",
        ),
        (300..=399, _) => (
            Refused(Provider),
            "the address answers with a redirect, which is not followed; check `base_url`",
        ),
        (401, _) => (
            Refused(Account),
            "the server token was refused; check `server_token`",
        ),
        // Postmark's API never says 403. The network guard before it does, in HTML.
        (403, _) => (
            Refused(Provider),
            "a network guard before Postmark refused the request; ask Postmark's support, naming this machine's address",
        ),
        (404 | 405 | 415, _) => (
            Refused(Provider),
            "this is not Postmark's API, or not the one this plugin knows; check `base_url`",
        ),
        (407, _) => (
            Refused(Provider),
            "the proxy wants other credentials; check `proxy`",
        ),
        // Whoever gave up waiting for the request may be a balancer that had already passed it on.
        (408, _) => (InDoubt, "the service gave up waiting for the request"),
        (413, _) => (
            Unsupported("Attachments"),
            "the request is too large for Postmark",
        ),
        (429, _) => (Throttled, "Postmark asks to slow down"),
        (400..=499, _) => (
            Refused(Provider),
            "the request was refused in a way this plugin does not know; check `base_url` and `proxy`",
        ),
        // A 503 without Postmark's own code comes from a balancer, which may have lost the connection after passing the request on.
        (500..=599, _) => (
            InDoubt,
            "the service, or a balancer before it, failed while processing",
        ),
        _ => (InDoubt, "the answer is not one Postmark gives"),
    }
}

/// The codes of HTTP 422, and of items of a batch.
fn refusal_code(code: i64) -> (Verdict, &'static str) {
    use RefusalScope::{Account, Provider, Sender, Stream};
    use Verdict::{Invalid, Refused, Suppressed, Throttled, Unsupported};
    match code {
        10 => (
            Refused(Account),
            "the server token was refused; check `server_token`",
        ),
        11 | 300 => (Invalid, "the message was refused"),
        // 400 has gone from Postmark's newest list and is still on the wire; 401 may be.
        400 => (
            Refused(Sender),
            "the sender address is on no verified domain and is no confirmed signature; add it at Postmark",
        ),
        401 => (
            Refused(Sender),
            "the sender signature is not confirmed; confirm it at Postmark",
        ),
        // The request was built here, from checked parts: what Postmark no longer understands is not the message's fault.
        402 | 403 | 409 => (
            Refused(Provider),
            "Postmark no longer understands this plugin's requests; a newer plugin is needed",
        ),
        405 => (
            Refused(Account),
            "the account may not send, its credits are used up; see the account's billing",
        ),
        406 => (
            Suppressed,
            "recipients are on the stream's suppression list",
        ),
        410 => (
            Refused(Provider),
            "Postmark takes fewer messages in a batch than this plugin knows; lower `max_batch`",
        ),
        411 => (
            Unsupported("Attachments"),
            "Postmark does not send this type of attachment",
        ),
        412 => (
            Refused(Account),
            "the account waits for approval and may only mail the sender's own domain",
        ),
        413 => (
            Refused(Account),
            "the account is not approved for sending; ask Postmark's support",
        ),
        422 => (
            Refused(Account),
            "the server or account is not valid; check `server_token`",
        ),
        429 => (Throttled, "Postmark asks to slow down"),
        1101 => (
            Unsupported("Template"),
            "the template does not exist on this server",
        ),
        1100..=1199 => (
            Unsupported("Template"),
            "the template, or the model for it, was refused",
        ),
        1226 | 1235 => (
            Refused(Stream),
            "the message stream does not exist on this server; check `message_stream`",
        ),
        1236 => (
            Refused(Stream),
            "the message stream cannot send (an inbound one cannot); check `message_stream`",
        ),
        1220..=1299 => (
            Refused(Stream),
            "the message stream refused it; see the stream's state at Postmark, or change `message_stream`",
        ),
        1480 => (
            Refused(Account),
            "this machine's address is not on the server's list of allowed addresses",
        ),
        // A refusal for certain, so nothing is in doubt. Resting the account and telling somebody loses no message, whatever it means.
        _ => (
            Refused(Account),
            "the message was refused with a code this plugin does not know; see Postmark's list of API error codes",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};
    use plugin_api::RefusalScope::{Account, Provider, Sender, Stream};

    #[test]
    fn every_documented_pair_has_its_verdict() {
        use Verdict::{InDoubt, Invalid, Refused, Suppressed, Throttled, Unavailable, Unsupported};
        let codes: [(&[i64], Verdict); 11] = [
            (&[11, 300], Invalid),
            (&[400, 401], Refused(Sender)),
            (&[402, 403, 409, 410], Refused(Provider)),
            (&[10, 405, 412, 413, 422, 1480, 14, 9999], Refused(Account)),
            (&[406], Suppressed),
            (&[411], Unsupported("Attachments")),
            (&[429], Throttled),
            (
                &[1101, 1105, 1109, 1120, 1121, 1122, 1123, 1130, 1131],
                Unsupported("Template"),
            ),
            (&[1220, 1226, 1229, 1235, 1236, 1241], Refused(Stream)),
            (&[100], Unavailable),
            (&[101], InDoubt),
        ];
        for (codes, expected) in codes {
            for code in codes {
                for status in [200, 422] {
                    assert_eq!(verdict(status, Some(*code)).0, expected, "{status}/{code}");
                }
            }
        }
        let pairs: [(u16, Option<i64>, Verdict); 22] = [
            (200, None, InDoubt),
            (204, None, InDoubt),
            (302, None, Refused(Provider)),
            (307, None, Refused(Provider)),
            (400, Some(1002), Refused(Provider)),
            (400, None, Refused(Provider)),
            (401, Some(10), Refused(Account)),
            (401, None, Refused(Account)),
            (403, None, Refused(Provider)),
            (404, Some(12), Refused(Provider)),
            (404, Some(501), Refused(Provider)),
            (405, None, Refused(Provider)),
            (408, None, InDoubt),
            (413, None, Unsupported("Attachments")),
            (415, None, Refused(Provider)),
            (422, None, Refused(Provider)),
            (429, Some(429), Throttled),
            (429, None, Throttled),
            (500, Some(101), InDoubt),
            (503, Some(100), Unavailable),
            (503, None, InDoubt),
            (502, None, InDoubt),
        ];
        for (status, code, expected) in pairs {
            assert_eq!(verdict(status, code).0, expected, "{status}/{code:?}");
        }
    }

    #[test]
    fn a_code_is_never_taken_for_the_status_of_its_number() {
        assert_eq!(verdict(422, Some(401)).0, Verdict::Refused(Sender));
        assert_eq!(verdict(422, Some(413)).0, Verdict::Refused(Account));
        assert_eq!(verdict(500, Some(422)).0, Verdict::InDoubt);
        assert_eq!(verdict(502, Some(406)).0, Verdict::InDoubt);
    }
}
