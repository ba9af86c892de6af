//! What people read of a decision.

use plugin_host::{RoutingInput, Strategy, decide};

use crate::record::failed_over;
use crate::world::{all_ready, at, message, route};

#[test]
fn an_explanation_has_a_line_for_each_candidate_in_order() {
    let decision = failed_over();
    let version = decision.inputs.route.version;
    assert_eq!(
        decision.explain(),
        format!(
            "route `default` (version {version}), sticky by recipient; key recipient:e8b8f4c14d786028; decided 2027-01-15T08:00:00Z
  1. postmark-main  weight 70 (70.35 %)  score 153.55  skipped: resting until 2027-01-15T08:00:30Z: 5 failures in a row, the last unavailable: connection refused
  2. sendgrid-main  weight 29.5 (29.65 %)  score 14.32  chosen
chosen: sendgrid-main
"
        )
    );
}

#[test]
fn an_explanation_of_an_exact_decision_shows_the_credit_that_decided() {
    let route = route(Strategy::Exact, &[("a", 2.0), ("b", 1.0)]);
    let first = decide(&route, &message(1), &all_ready(&route), None, at(0));
    let second = decide(
        &route,
        &message(2),
        &all_ready(&route),
        first.exact_after.as_ref(),
        at(0),
    );
    let text = second.explain();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].contains("exact, first choice by turn"), "{text}");
    assert!(
        lines[1].contains("1. b  weight 1 (33.33 %)  credit 2  score"),
        "{text}"
    );
    assert!(
        lines[2].contains("2. a  weight 2 (66.67 %)  credit 1  score"),
        "{text}"
    );
    assert!(
        lines[1].ends_with("chosen") && lines[2].ends_with("in reserve"),
        "{text}"
    );
}

#[test]
fn a_line_stays_a_line_whatever_a_lead_is_called() {
    let route = route(Strategy::Sticky, &[("a", 1.0)]);
    let message = RoutingInput {
        lead: Some("x\nchosen: \u{1b}[31mb".into()),
        ..message(1)
    };
    let text = decide(&route, &message, &[], None, at(0)).explain();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(!text.contains('\u{1b}'));
}
