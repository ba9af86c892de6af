//! Fields that came later: a required one that the plugin does not know is refused, an optional one ignored, from the first version on.

use plugin_api::{
    Attachment, EmailProvider, Extension, Lookup, SendErrorKind, SentQuery, SuppressionQuery,
    Template, Timestamp, TrackingId,
};
use serde_json::json;

use super::{builder, context, message};
use crate::support::{Line, hostile};

const WORDS: &str =
    "this plugin does not know the required extension `test.unknown`; a newer build may";

fn unknown() -> Extension {
    Extension::required("test.unknown", &json!(1))
}

#[tokio::test]
async fn a_required_field_of_a_message_that_the_plugin_does_not_know_is_refused_before_the_plugin_sees_it()
 {
    let line = Line::open();
    let provider = hostile("extensions", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let strange = builder("strange").extension(unknown()).build();
    let error = provider
        .send(&strange.expect("a message"), &context())
        .await;
    let error = error.expect_err("it is refused");
    let what = "test.unknown".to_owned();
    assert_eq!(error.kind, SendErrorKind::Unsupported { what });
    assert_eq!(error.message, WORDS);
    let attempt = message("strange").with_extension(unknown());
    let error = provider.send(&attempt, &context()).await;
    assert_eq!(error.expect_err("it is refused").message, WORDS);
    let file = Attachment::new("a.txt", "text/plain", "a").with_extension(unknown());
    let template = Template::by_id(1, &serde_json::Map::new()).with_extension(unknown());
    for strange in [
        builder("strange").add_attachment(file),
        builder("strange").template(template),
    ] {
        let strange = strange.build().expect("a message");
        let error = provider.send(&strange, &context()).await;
        assert_eq!(error.expect_err("it is refused").message, WORDS);
    }
    drop(provider);
    assert!(caller.hear().starts_with("created "));
    assert_eq!(caller.hear(), "destroyed");
}

#[tokio::test]
async fn a_known_required_field_and_an_unknown_optional_one_pass() {
    let provider = hostile("extensions", json!({})).await;
    let known = builder("hello")
        .extension(Extension::required("test.known", &json!("seen")))
        .extension(Extension::optional("test.unknown", &json!(1)))
        .build();
    let receipt = provider.send(&known.expect("a message"), &context()).await;
    let note = receipt.expect("it is accepted").note.expect("a note");
    assert!(note.contains(r#""extension":"\"seen\"""#), "{note}");
    let attempt = message("hello").with_extension(Extension::required("test.known", &json!("now")));
    let receipt = provider.send(&attempt.only_to(|_| true), &context()).await;
    let note = receipt.expect("it is accepted").note.expect("a note");
    assert!(note.contains(r#""extension":"\"now\"""#), "{note}");
}

#[tokio::test]
async fn in_a_batch_only_the_message_that_asks_for_it_is_refused() {
    let provider = hostile("extensions", json!({})).await;
    let strange = builder("strange").extension(unknown()).build();
    let messages = [
        message("one"),
        strange.expect("a message"),
        message("three"),
    ];
    let results = provider.send_batch(&messages, &context()).await;
    let accepted: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(accepted, [true, false, true]);
    let error = results[1].as_ref().expect_err("it is refused");
    assert_eq!(error.message, WORDS);
}

#[tokio::test]
async fn a_required_field_of_a_call_is_refused_by_every_method() {
    let provider = hostile("extensions", json!({})).await;
    let strange = context().with_extension(unknown());
    let sent = provider.send(&message("hello"), &strange).await;
    assert_eq!(sent.expect_err("it is refused").message, WORDS);
    let batch = provider.send_batch(&[message("hello")], &strange).await;
    assert_eq!(batch[0].as_ref().expect_err("it is refused").message, WORDS);
    let query = SuppressionQuery::default();
    let listed = provider.list_suppressions(&query, &strange).await;
    assert_eq!(listed.expect_err("it is refused").message, WORDS);
    let checked = provider.check(&strange).await;
    assert_eq!(checked.expect_err("it is refused").message, WORDS);
    let moment = Timestamp::UNIX_EPOCH;
    let query = SentQuery::new(TrackingId::from_bytes([1; 16]), moment, moment);
    let found = provider.find_sent(&[query], &strange).await;
    assert_eq!(found, [Lookup::unknown(WORDS)]);
}
