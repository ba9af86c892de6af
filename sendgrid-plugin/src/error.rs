//! What each refusal means: one table from HTTP status and field to what the host does next.
//!
//! Source: the fact sheet's 2, from SendGrid's OpenAPI files. Fields are named by path: `personalizations.0.to.0.email`.

use plugin_api::RefusalScope;

/// What the host does next, before the texts are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Invalid(Option<&'static str>),
    Refused(RefusalScope),
    Throttled,
    Unavailable,
    InDoubt,
    Unsupported(&'static str),
}

/// The table: what an answer that accepts nothing means, and what an operator should know. `in_form`: the body is a list of faults, as SendGrid
/// writes it.
pub(crate) fn verdict(status: u16, in_form: bool, field: Option<&str>) -> (Verdict, &'static str) {
    use RefusalScope::{Account, Provider, Sender};
    use Verdict::{InDoubt, Refused, Throttled, Unavailable, Unsupported};
    match (status, field) {
        (300..=399, _) => (
            Refused(Provider),
            "the address answers with a redirect, which is not followed; check `base_url`",
        ),
        (400, field) => of_field(field),
        (401, _) => (Refused(Account), "the API key was refused; check `api_key`"),
        (403, Some("from" | "from.email")) => (
            Refused(Sender),
            "the sender is no verified identity of this account; verify the address or its domain at SendGrid",
        ),
        (403, _) => (
            Refused(Account),
            "the API key lacks the permission `mail.send`, or the account may not send, or not for a while after too many bad requests; see SendGrid's settings",
        ),
        (404 | 405 | 406 | 415, _) => (
            Refused(Provider),
            "this is not SendGrid's API, or not the one this plugin knows; check `base_url`",
        ),
        (407, _) => (
            Refused(Provider),
            "the proxy wants other credentials; check `proxy`",
        ),
        // Whoever gave up waiting for the request may be a balancer that had already passed it on.
        (408, _) => (InDoubt, "the service gave up waiting for the request"),
        (413, _) => (
            Unsupported("Attachments"),
            "the request is too large for SendGrid",
        ),
        (429, _) => (Throttled, "SendGrid asks to slow down"),
        (451, _) => (
            Refused(Account),
            "this account's data belongs to another region; check `base_url`",
        ),
        (400..=499, _) => (
            Refused(Provider),
            "the request was refused in a way this plugin does not know; check `base_url` and `proxy`",
        ),
        // SendGrid's manual: "the v3 Web API is not available". In another form it is a balancer's word, who may have passed the request on.
        (503, _) if in_form => (Unavailable, "SendGrid is not available"),
        // SendGrid has no way to tell a repeated request: these leave it open whether it was accepted.
        (500..=599, _) => (
            InDoubt,
            "the service, or a balancer before it, failed while processing",
        ),
        _ => (InDoubt, "the answer is not one SendGrid gives"),
    }
}

/// HTTP 400 says which field of the request is at fault. The request was built here from checked parts: what is not the message's own is ours.
fn of_field(field: Option<&str>) -> (Verdict, &'static str) {
    use RefusalScope::{Account, Provider};
    use Verdict::{Invalid, Refused, Unsupported};
    let Some(field) = field else {
        return (Invalid(None), "the message was refused");
    };
    let mut parts = field
        .split('.')
        .filter(|part| part.parse::<usize>().is_err());
    match (parts.next().unwrap_or_default(), parts.next()) {
        ("personalizations", Some(part)) => (
            Invalid(Some(match part {
                "cc" => "Cc",
                "bcc" => "Bcc",
                "subject" => "Subject",
                "headers" => "Headers",
                "custom_args" => "Metadata",
                "dynamic_template_data" => "TemplateModel",
                _ => "To",
            })),
            "the message was refused",
        ),
        ("from", _) => (Invalid(Some("From")), "the sender was refused"),
        ("reply_to" | "reply_to_list", _) => (Invalid(Some("ReplyTo")), "the message was refused"),
        ("subject", _) => (Invalid(Some("Subject")), "the message was refused"),
        ("content", _) => (Invalid(Some("HtmlBody")), "the message was refused"),
        ("headers", _) => (Invalid(Some("Headers")), "the message was refused"),
        ("attachments", _) => (
            Unsupported("Attachments"),
            "SendGrid does not send this attachment",
        ),
        ("template_id", _) => (
            Unsupported("Template"),
            "the template does not exist in this account",
        ),
        ("categories", _) => (Unsupported("Tag"), "SendGrid does not take this tag"),
        ("asm", _) => (
            Refused(Account),
            "the unsubscribe group does not exist in this account; check `unsubscribe_group`",
        ),
        _ => (
            Refused(Provider),
            "SendGrid no longer understands this plugin's requests; a newer plugin is needed",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, verdict};
    use plugin_api::RefusalScope::{Account, Provider, Sender};

    #[test]
    fn every_documented_answer_has_its_verdict() {
        use Verdict::{InDoubt, Invalid, Refused, Throttled, Unsupported};
        let table: [(u16, Option<&str>, Verdict); 25] = [
            (200, None, InDoubt),
            (204, None, InDoubt),
            (302, None, Refused(Provider)),
            (400, None, Invalid(None)),
            (
                400,
                Some("personalizations.0.to.0.email"),
                Invalid(Some("To")),
            ),
            (
                400,
                Some("personalizations.3.cc.1.email"),
                Invalid(Some("Cc")),
            ),
            (400, Some("personalizations"), Refused(Provider)),
            (400, Some("from.email"), Invalid(Some("From"))),
            (400, Some("subject"), Invalid(Some("Subject"))),
            (400, Some("content.0.value"), Invalid(Some("HtmlBody"))),
            (
                400,
                Some("attachments.0.content"),
                Unsupported("Attachments"),
            ),
            (400, Some("template_id"), Unsupported("Template")),
            (400, Some("asm.group_id"), Refused(Account)),
            (400, Some("something_new"), Refused(Provider)),
            (401, None, Refused(Account)),
            (403, Some("from"), Refused(Sender)),
            (403, None, Refused(Account)),
            (404, None, Refused(Provider)),
            (413, None, Unsupported("Attachments")),
            (429, None, Throttled),
            (451, None, Refused(Account)),
            (408, None, InDoubt),
            (500, None, InDoubt),
            (502, None, InDoubt),
            (503, None, InDoubt),
        ];
        for (status, field, expected) in table {
            let (found, _) = verdict(status, false, field);
            assert_eq!(found, expected, "{status} {field:?}");
        }
    }

    #[test]
    fn that_it_is_not_available_is_believed_of_sendgrid_alone() {
        assert_eq!(verdict(503, true, None).0, Verdict::Unavailable);
        assert_eq!(verdict(503, false, None).0, Verdict::InDoubt);
        assert_eq!(verdict(500, true, None).0, Verdict::InDoubt);
    }
}
