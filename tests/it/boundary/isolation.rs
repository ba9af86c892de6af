//! A plugin that holds threads holds its own; nobody else waits for it.

use std::time::Duration;

use plugin_api::{CallContext, EmailProvider, SendErrorKind, SuppressionQuery};
use serde_json::json;

use super::{context, message};
use crate::support::{Line, Workshop, hostile, hostile_of};

/// A call that has not begun by its hard deadline has surely not been sent, which is another story: even a machine that is busy with other
/// things begins one by then.
const LONG_ENOUGH_TO_BEGIN: Duration = Duration::from_secs(3);

/// One thread on the host's side: if a plugin could block it, nothing here would ever come to an end.
#[tokio::test(flavor = "current_thread")]
async fn a_blocked_thread_delays_neither_the_host_nor_other_calls_of_the_same_provider() {
    let line = Line::open();
    let provider = hostile("blocks", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (blocking, ordinary) = (message("block"), message("hello"));
    let context = context();
    let blocked = provider.send(&blocking, &context);
    tokio::pin!(blocked);
    let others = async {
        for _ in 0..100 {
            let sent = provider.send(&ordinary, &context).await;
            sent.expect("the other worker sends it");
        }
    };
    tokio::select! {
        biased;
        _ = &mut blocked => panic!("nothing has let go of it"),
        () = others => {}
    }
    caller.hang_up();
    blocked.await.expect("it goes on when it is let go");
}

#[tokio::test(flavor = "current_thread")]
async fn two_providers_from_one_library_do_not_stall_each_other() {
    let line = Line::open();
    let plugin = Workshop::new().load(&system_tests::plugin("hostile"));
    let stuck = hostile_of(&plugin, "stuck", json!({ "signal": line.address() })).await;
    let free = hostile_of(&plugin, "free", json!({})).await;
    let caller = line.answer();
    let (blocking, ordinary) = (message("block"), message("hello"));
    let context = context();
    // As many as the stuck provider has workers, and more.
    let all = futures_of(&stuck, &blocking, &context);
    tokio::pin!(all);
    let others = async {
        for _ in 0..100 {
            let sent = free.send(&ordinary, &context).await;
            sent.expect("the free provider sends it");
        }
    };
    tokio::select! {
        biased;
        () = &mut all => panic!("nothing has let go of them"),
        () = others => {}
    }
    caller.hang_up();
    all.await;
}

async fn futures_of(
    provider: &plugin_host::ProviderInstance,
    message: &plugin_api::Message,
    context: &CallContext,
) {
    let send = || provider.send(message, context);
    let (a, b, c, d) = tokio::join!(send(), send(), send(), send());
    for sent in [a, b, c, d] {
        sent.expect("it goes on when it is let go");
    }
}

/// The plugin's own deadline cannot fire while it burns its thread; the host's does.
#[tokio::test]
async fn a_deadline_holds_even_when_the_plugin_spins() {
    let line = Line::open();
    let provider = hostile("spins", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let context = CallContext::new(Duration::from_secs(1), LONG_ENOUGH_TO_BEGIN);
    let error = provider.send(&message("spin"), &context).await;
    let error = error.expect_err("it never answers");
    assert_eq!(error.kind, SendErrorKind::InDoubt);
    assert_eq!(
        error.message,
        "the plugin did not answer by its hard deadline"
    );
    caller.hang_up();
}

/// Both threads of the provider are blocked: a third call waits in vain, and certainly nothing of it has left.
#[tokio::test]
async fn a_call_that_waited_behind_blocked_threads_until_its_deadline_never_begins() {
    let line = Line::open();
    let provider = hostile("queue", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (blocking, long) = (message("block"), context());
    let blocked = async {
        tokio::join!(
            provider.send(&blocking, &long),
            provider.send(&blocking, &long)
        )
    };
    tokio::pin!(blocked);
    let both = tokio::task::spawn_blocking(move || {
        caller.hear_out("blocked");
        caller.hear_out("blocked");
        caller
    });
    let caller = tokio::select! {
        _ = &mut blocked => panic!("nothing has let go of them"),
        caller = both => caller.expect("it is heard"),
    };
    let short = CallContext::new(Duration::from_millis(100), Duration::from_millis(100));
    let error = provider.send(&message("hello"), &short).await;
    let error = error.expect_err("no thread is free for it");
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    caller.hang_up();
    let (first, second) = blocked.await;
    first.and(second).expect("they go on when they are let go");
    let sent = provider.send(&message("hello"), &long).await;
    sent.expect("the provider goes on");
}

#[tokio::test]
async fn a_deadline_holds_for_every_call_that_never_answers() {
    let settings = json!({ "send_batch": "hang", "find_sent": "hang", "check": "hang", "suppressions": "hang", "shutdown": "hang" });
    let provider = hostile("hangs", settings).await;
    let context = || CallContext::new(Duration::from_secs(1), LONG_ENOUGH_TO_BEGIN);
    // The plugin's side ends the call; the host's does if the plugin's is late.
    let is_ended = |words: &str| {
        words == "the call was stopped at its hard deadline"
            || words == "the plugin did not answer by its hard deadline"
    };
    let sent = provider.send(&message("hang"), &context()).await;
    let error = sent.expect_err("it never answers");
    assert_eq!(error.kind, SendErrorKind::InDoubt);
    assert!(is_ended(&error.message), "{error}");
    let batch = provider
        .send_batch(&[message("a"), message("b")], &context())
        .await;
    for result in batch {
        assert!(is_ended(&result.expect_err("it never answers").message));
    }
    let checked = provider.check(&context()).await;
    assert!(is_ended(&checked.expect_err("it never answers").message));
    let query = SuppressionQuery::default();
    let listed = provider.list_suppressions(&query, &context()).await;
    assert!(is_ended(&listed.expect_err("it never answers").message));
    provider.shutdown(Duration::from_millis(20)).await;
}

/// A plugin's timers and tasks go on while one of its threads is blocked.
#[tokio::test]
async fn timers_of_a_plugin_go_on_while_one_of_its_threads_is_blocked() {
    let line = Line::open();
    let provider = hostile("timers", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (blocking, working) = (message("block"), message("spawn"));
    let context = context();
    let blocked = provider.send(&blocking, &context);
    tokio::pin!(blocked);
    let working = provider.send(&working, &context);
    tokio::select! {
        biased;
        _ = &mut blocked => panic!("nothing has let go of it"),
        sent = working => { sent.expect("its timer fires"); }
    }
    caller.hang_up();
    blocked.await.expect("it goes on when it is let go");
}

/// Of two calls that wait, one blocks the very thread that watched over both.
#[tokio::test]
async fn calls_that_wait_go_on_when_the_thread_that_watched_over_them_is_blocked() {
    let line = Line::open();
    let provider = hostile("watches", json!({ "signal": line.address() })).await;
    let caller = line.answer();
    let (blocking, waiting) = (message("wait-then-block"), message("wait"));
    let context = context();
    let blocked = provider.send(&blocking, &context);
    tokio::pin!(blocked);
    let waiting = provider.send(&waiting, &context);
    tokio::select! {
        _ = &mut blocked => panic!("nothing has let go of it"),
        sent = waiting => { sent.expect("its timer fires"); }
    }
    caller.hang_up();
    blocked.await.expect("it goes on when it is let go");
}

/// Whoever drops a provider does not wait for its destructor.
#[tokio::test(flavor = "current_thread")]
async fn a_destructor_that_hangs_keeps_nobody() {
    let line = Line::open();
    let settings = json!({ "signal": line.address(), "drop": "block" });
    let provider = hostile("hangs-on", settings).await;
    let caller = line.answer();
    drop(provider);
    caller.hear_out("destroyed");
    caller.hear_out("blocked");
    caller.hang_up();
    assert!(caller.has_hung_up(), "it said something after its end");
}
