use plugin_api::{Attachment, Mailbox, Template, TrackLinks};

use super::{Place, accept, at, draft, id, key, new, state};
use crate::delivery::MessageState;
use crate::store::AcceptOutcome;

pub(in crate::store) async fn what_was_accepted_is_given_back_whole(place: &impl Place) {
    let message = draft(1)
        .from(person("\"Sales, \\\"EU\\\"\" <sales@host.example>"))
        .to(person("Jürgen <jürgen@example.com>"))
        .cc(Mailbox::new("copy@example.com").unwrap())
        .bcc(Mailbox::new("blind@example.com").unwrap())
        .reply_to(Mailbox::new("answers@host.example").unwrap())
        .subject("Grüße \u{1f600}")
        .html_body("<p>Hello</p>")
        .header("X-One", "1")
        .header("X-One", "2")
        .metadata("Campaign", "spring")
        .tag("welcome")
        .stream("outbound")
        .track_opens(true)
        .track_links(TrackLinks::HtmlOnly)
        .lead_uid("lead-1")
        .user_account_uid("user-1")
        .add_attachment(Attachment::new(
            "a.pdf",
            "application/pdf",
            vec![0u8, 255, 10],
        ))
        .add_attachment(
            Attachment::new("logo.png", "image/png", vec![1u8; 5000]).inline("cid:logo"),
        )
        .build()
        .unwrap();
    let templated = draft(2)
        .template(Template::by_alias(
            "welcome",
            serde_json::json!({ "n": 1 }).as_object().unwrap(),
        ))
        .build()
        .unwrap();
    let store = place.open();
    for (number, one) in [(1, &message), (2, &templated)] {
        store
            .accept(vec![new(one.clone(), number)])
            .await
            .remove(0)
            .unwrap();
    }
    drop(store);
    let store = place.open();
    for (number, one) in [(1, message), (2, templated)] {
        let back = store.content(key(number)).await.unwrap().unwrap();
        assert_eq!(everything(&back), everything(&one));
    }
}

fn person(text: &str) -> Mailbox {
    text.parse().unwrap()
}

/// Everything a provider can see of a message.
fn everything(message: &plugin_api::Message) -> String {
    let files: Vec<_> = message
        .attachments()
        .iter()
        .map(|file| {
            (
                file.name(),
                file.content_type(),
                file.content_id(),
                file.content(),
            )
        })
        .collect();
    let people = (
        message.from().to_string(),
        message.to().map(ToString::to_string).collect::<Vec<_>>(),
        message.cc().map(ToString::to_string).collect::<Vec<_>>(),
        message.bcc().map(ToString::to_string).collect::<Vec<_>>(),
        message
            .reply_to()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    );
    let words = (
        message.subject(),
        message.html_body(),
        message.text_body(),
        message.tag(),
        message.stream(),
    );
    let pairs: (Vec<_>, Vec<_>) = (message.headers().collect(), message.metadata().collect());
    let ids = (
        message.tracking_id(),
        message.lead_uid(),
        message.account_uid(),
        message.user_account_uid(),
    );
    let tracking = (
        message.track_opens(),
        message.track_links(),
        message.wants_unsubscribe_tag(),
    );
    let template = message
        .template()
        .map(|one| (one.id(), one.alias(), one.model()));
    format!("{people:?} {words:?} {pairs:?} {ids:?} {tracking:?} {template:?} {files:?}")
}

pub(in crate::store) async fn a_repeat_is_one_message_and_other_content_is_a_conflict(
    place: &impl Place,
) {
    let store = place.open();
    accept(&store, 1).await;
    let again = || draft(1);
    let outcomes = store
        .accept(vec![
            new(again().build().unwrap(), 9),
            new(again().subject("Other").build().unwrap(), 9),
            new(
                again()
                    .account_uid("another")
                    .subject("Other")
                    .build()
                    .unwrap(),
                9,
            ),
        ])
        .await;
    let told: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome.unwrap() {
            AcceptOutcome::Recorded {
                accepted_at,
                repeat,
                ..
            } => Some((accepted_at, repeat)),
            AcceptOutcome::Conflict => None,
        })
        .collect();
    assert_eq!(told, [Some((at(1), true)), None, Some((at(9), false))]);
}

pub(in crate::store) async fn a_batch_is_answered_in_order(place: &impl Place) {
    let store = place.open();
    let batch = (0..100).map(|number| new(draft(number).build().unwrap(), number.into()));
    let outcomes = store.accept(batch.collect()).await;
    for (number, outcome) in (0..100).zip(outcomes) {
        let accepted_at = match outcome.unwrap() {
            AcceptOutcome::Recorded { accepted_at, .. } => accepted_at,
            AcceptOutcome::Conflict => panic!("{}", id(number)),
        };
        assert_eq!(accepted_at, at(number.into()));
        assert_eq!(state(&store, number).await, MessageState::Queued);
    }
}
