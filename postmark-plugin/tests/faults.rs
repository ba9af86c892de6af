//! Faults of a service that acts like Postmark, and what its ledger says really happened.

use std::time::Duration;

use plugin_api::{CallContext, EmailProvider as _, SendErrorKind, Timestamp};
use plugin_testkit::simulator::{Fault, FaultRule, InactiveWording};

use crate::common::{context, id, in_time, message, message_to, numbered, plugin, simulator};

#[tokio::test]
async fn faults_become_their_kinds_and_the_ledger_agrees() {
    let unavailable = || SendErrorKind::Unavailable;
    let in_doubt = || SendErrorKind::InDoubt;
    let throttled = SendErrorKind::Throttled {
        retry_after: Some(Duration::from_secs(9)),
    };
    for (fault, kind, accepted) in [
        (
            Fault::Throttled {
                retry_after_secs: Some(9),
            },
            throttled,
            0,
        ),
        (Fault::Maintenance {}, unavailable(), 0),
        (Fault::ServerError { accepted: false }, in_doubt(), 0),
        (Fault::ServerError { accepted: true }, in_doubt(), 1),
        (Fault::DropAfterAccept {}, in_doubt(), 1),
        (Fault::Reset { accepted: true }, in_doubt(), 1),
        (Fault::WrongJson {}, in_doubt(), 1),
        (Fault::TruncatedJson {}, in_doubt(), 1),
        (Fault::CutBody {}, in_doubt(), 1),
        (
            Fault::ProxyHtml {
                status: 502,
                accepted: true,
            },
            in_doubt(),
            1,
        ),
        (
            Fault::ProxyHtml {
                status: 503,
                accepted: true,
            },
            in_doubt(),
            1,
        ),
    ] {
        let simulator = simulator().await;
        simulator
            .faults()
            .add(FaultRule::new(fault.clone()).times(1));
        let plugin = plugin(&simulator.base_url());
        let error = plugin.send(&message(), &context()).await.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}");
        assert_eq!(simulator.ledger().accepted(), accepted, "{fault:?}");
        assert_eq!(simulator.ledger().counts().requests, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_reset_before_reading_is_never_taken_for_an_acceptance_or_a_refusal() {
    let simulator = simulator().await;
    let rule = FaultRule::new(Fault::Reset { accepted: false })
        .path("/email")
        .times(1);
    simulator.faults().add(rule);
    let error = plugin(&simulator.base_url())
        .send(&message(), &context())
        .await
        .unwrap_err();
    // Which of the two depends on whether the body was touched before the reset arrived; both are true.
    let possible = [SendErrorKind::Unavailable, SendErrorKind::InDoubt];
    assert!(possible.contains(&error.kind), "{error:?}");
    assert_eq!(simulator.ledger().accepted(), 0);
}

#[tokio::test]
async fn a_machine_that_is_switched_off_is_unavailable_and_back_when_it_is_on() {
    let simulator = simulator().await;
    let plugin = plugin(&simulator.base_url());
    plugin.send(&numbered(1), &context()).await.unwrap();
    simulator.switch_off().await;
    let error = plugin.send(&numbered(2), &context()).await.unwrap_err();
    assert_eq!(error.kind, SendErrorKind::Unavailable);
    simulator.switch_on().await.unwrap();
    plugin.send(&numbered(3), &context()).await.unwrap();
    assert_eq!(simulator.ledger().accepted(), 2);
}

#[tokio::test]
async fn a_hang_after_acceptance_is_in_doubt_and_found_again() {
    let simulator = simulator().await;
    simulator.faults().add(
        FaultRule::new(Fault::Hang { accepted: true })
            .path("/email/batch")
            .times(1),
    );
    let plugin = plugin(&simulator.base_url());
    let short = CallContext::new(Duration::from_secs(3), Duration::from_secs(3));
    let messages: Vec<_> = (0..3).map(numbered).collect();
    let started = Timestamp::now();
    let outcomes = in_time("the outcomes", plugin.send_batch(&messages, &short)).await;
    assert!(
        outcomes
            .iter()
            .all(|it| it.as_ref().unwrap_err().kind == SendErrorKind::InDoubt)
    );
    let query = |number| plugin_api::SentQuery::new(id(number), started, Timestamp::now());
    let queries: Vec<_> = (0..3).map(query).collect();
    for lookup in plugin.find_sent(&queries, &context()).await {
        assert!(matches!(lookup, plugin_api::Lookup::Found(_)), "{lookup:?}");
    }
}

#[tokio::test]
async fn a_delayed_acceptance_is_an_acceptance() {
    let simulator = simulator().await;
    simulator.faults().add(FaultRule::new(Fault::Delayed {}));
    let receipt = plugin(&simulator.base_url())
        .send(&message(), &context())
        .await
        .unwrap();
    assert!(receipt.note.unwrap().contains("delayed"));
}

#[tokio::test]
async fn every_wording_of_406_names_the_person_alone_and_in_a_batch() {
    for wording in [
        InactiveWording::Documented,
        InactiveWording::Clients,
        InactiveWording::Lines,
    ] {
        let simulator = simulator().await;
        simulator
            .faults()
            .add(FaultRule::new(Fault::Inactive { wording }));
        let plugin = plugin(&simulator.base_url());
        let two = message_to(&["Ann@example.com", "bob@example.com"]);
        let addresses = vec!["Ann@example.com".to_owned(), "bob@example.com".to_owned()];
        let kind = SendErrorKind::RecipientSuppressed { addresses };
        let alone = plugin.send(&two, &context()).await.unwrap_err();
        assert_eq!(alone.kind, kind);
        let batch = plugin.send_batch(&[two], &context()).await;
        assert_eq!(batch[0].as_ref().unwrap_err().kind, kind);
    }
}
