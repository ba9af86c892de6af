use proptest::prelude::*;

use super::*;

fn flag(reason: FlagReason) -> ActiveFlag {
    ActiveFlag {
        reason,
        since: Timestamp::from_second(1_800_000_000).unwrap(),
        evidence: 7,
    }
}

fn recipients(list: &[(RecipientKind, &[FlagReason])]) -> Vec<GateRecipient> {
    (0..)
        .zip(list)
        .map(|(position, (kind, reasons))| GateRecipient {
            position,
            kind: *kind,
            flags: reasons.iter().copied().map(flag).collect(),
        })
        .collect()
}

use FlagReason::{Complaint, HardBounce, Manual, Unsubscribed};
use RecipientKind::{Bcc, Cc, To};

#[test]
fn a_flagged_lead_stops_the_message_whoever_it_is_addressed_to() {
    let verdict = gate(&[flag(Unsubscribed)], &recipients(&[(To, &[])]), false);
    assert_eq!(verdict.stopped_by(), Some(flag(Unsubscribed)));
    assert_eq!(
        verdict.to_string(),
        "the lead is flagged Do Not Contact (unsubscribed since 2027-01-15T08:00:00Z)"
    );
}

#[test]
fn a_flagged_recipient_is_left_out_and_the_others_are_mailed() {
    let list = recipients(&[(To, &[]), (To, &[HardBounce]), (Cc, &[]), (Bcc, &[Manual])]);
    let verdict = gate(&[], &list, false);
    assert_eq!(verdict.stopped_by(), None);
    assert_eq!(verdict.masked_positions().collect::<Vec<_>>(), [1, 3]);
    assert_eq!(
        verdict.to_string(),
        "2 recipients left out (Do Not Contact)"
    );
}

#[test]
fn a_message_with_nobody_left_in_to_stops_although_a_copy_could_go() {
    let list = recipients(&[(To, &[Complaint]), (Cc, &[]), (Bcc, &[])]);
    assert_eq!(gate(&[], &list, false).stopped_by(), Some(flag(Complaint)));
}

#[test]
fn a_message_without_to_goes_to_the_copies_that_are_left() {
    let list = recipients(&[(Bcc, &[Unsubscribed]), (Bcc, &[])]);
    assert_eq!(gate(&[], &list, false).stopped_by(), None);
    let none_left = recipients(&[(Bcc, &[Unsubscribed]), (Cc, &[Complaint])]);
    let verdict = gate(&[], &none_left, false);
    assert_eq!(verdict.stopped_by(), Some(flag(Unsubscribed)));
}

#[test]
fn an_essential_message_passes_an_unsubscribe_and_says_so() {
    let list = recipients(&[(To, &[Unsubscribed])]);
    let verdict = gate(&[flag(Unsubscribed)], &list, true);
    let GateVerdict::Pass { masked, waived } = &verdict else {
        panic!("{verdict:?}");
    };
    assert!(masked.is_empty());
    let positions: Vec<_> = waived.iter().map(|waived| waived.position).collect();
    assert_eq!(positions, [None, Some(0)]);
    assert!(verdict.to_string().starts_with("essential: passes"));
}

#[test]
fn an_essential_message_passes_no_other_reason_even_beside_an_unsubscribe() {
    for reason in [HardBounce, Complaint, Manual] {
        let lead = [flag(Unsubscribed), flag(reason)];
        let verdict = gate(&lead, &recipients(&[(To, &[])]), true);
        assert_eq!(verdict.stopped_by(), Some(flag(reason)));
        let verdict = gate(&[], &recipients(&[(To, &[reason, Unsubscribed])]), true);
        assert_eq!(verdict.stopped_by(), Some(flag(reason)));
    }
}

#[test]
fn a_verdict_is_read_back_from_its_json() {
    let list = recipients(&[(To, &[]), (Cc, &[Complaint])]);
    for verdict in [gate(&[], &list, false), gate(&[flag(Manual)], &list, false)] {
        let json = serde_json::to_string(&verdict).unwrap();
        assert_eq!(serde_json::from_str::<GateVerdict>(&json).unwrap(), verdict);
    }
}

fn reasons() -> impl Strategy<Value = Vec<FlagReason>> {
    proptest::collection::vec(proptest::sample::select(FlagReason::ALL.to_vec()), 0..3)
}

proptest! {
    #[test]
    fn nobody_is_mailed_against_a_flag_that_counts(
        lead in reasons(),
        list in proptest::collection::vec((proptest::sample::select(vec![To, Cc, Bcc]), reasons()), 1..6),
        essential in any::<bool>(),
    ) {
        let lead: Vec<_> = lead.into_iter().map(flag).collect();
        let list: Vec<_> = list.iter().map(|(kind, reasons)| (*kind, reasons.as_slice())).collect();
        let list = recipients(&list);
        let counts = |flag: &ActiveFlag| !essential || flag.reason != Unsubscribed;
        let verdict = gate(&lead, &list, essential);
        let masked: Vec<u32> = verdict.masked_positions().collect();
        for one in &list {
            prop_assert_eq!(masked.contains(&one.position), one.flags.iter().any(counts));
        }
        let mailed = |kind: Option<RecipientKind>| {
            list.iter().any(|one| kind.is_none_or(|kind| kind == one.kind) && !masked.contains(&one.position))
        };
        let addressed = list.iter().any(|one| one.kind == To).then_some(To);
        let may_go = !lead.iter().any(counts) && mailed(addressed);
        prop_assert_eq!(verdict.stopped_by().is_none(), may_go);
        if let GateVerdict::Pass { waived, .. } = verdict {
            prop_assert!(waived.iter().all(|waived| essential && waived.flag.reason == Unsubscribed));
        }
    }
}
