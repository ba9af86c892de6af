//! The rules that hold between fields, and the limits.

use std::collections::HashSet;

use jiff::Timestamp;

use super::Request;
use crate::simulator::sendgrid::answer::NO_SUBJECT;
use crate::simulator::sendgrid::reader::Problems;

const MOST_PERSONALIZATIONS: usize = 1000;
const MOST_RECIPIENTS: usize = 1000;
const MOST_REPLY_TO: usize = 1000;
const MOST_CATEGORIES: usize = 10;
const LONGEST_CATEGORY: usize = 255;
const MOST_CUSTOM_ARGS: usize = 10_000;
const FURTHEST_AHEAD: i64 = 72 * 60 * 60;

/// Headers that are the service's own, in lower case.
const RESERVED: [&str; 12] = [
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
];

/// Notes everything that is wrong.
pub(super) fn check(request: &Request, problems: &Problems, now: Timestamp) {
    check_counts(request, problems);
    check_subjects(request, problems);
    check_custom_args(request, problems);
    check_send_at("send_at", request.letter.send_at, problems, now);
    check_headers("headers", &request.letter.headers, problems);
    for (place, own) in request.personalizations.iter().enumerate() {
        let at = |field: &str| format!("personalizations.{place}.{field}");
        check_send_at(&at("send_at"), own.send_at, problems, now);
        check_headers(&at("headers"), &own.headers, problems);
        check_duplicates(place, request, problems);
        if request.letter.template.is_some() && !own.substitutions.is_empty() {
            problems.note(
                at("substitutions"),
                "Substitutions may not be used with dynamic templating",
            );
        }
    }
}

fn check_counts(request: &Request, problems: &Problems) {
    let (letter, personalizations) = (&request.letter, &request.personalizations);
    let most = |field: &str, found: usize, limit: usize| {
        if found > limit {
            problems.note(
                field,
                format!("At most {limit} are allowed, found {found}."),
            );
        }
    };
    if personalizations.is_empty() {
        problems.note(
            "personalizations",
            "The personalizations field is required and must have at least one personalization.",
        );
    }
    most(
        "personalizations",
        personalizations.len(),
        MOST_PERSONALIZATIONS,
    );
    let recipients: usize = personalizations.iter().map(|it| it.people().count()).sum();
    if recipients > MOST_RECIPIENTS {
        problems.note(
            "personalizations",
            format!("The total number of recipients must not exceed {MOST_RECIPIENTS}, found {recipients}."),
        );
    }
    most("reply_to_list", letter.reply_to.len(), MOST_REPLY_TO);
    most("categories", letter.categories.len(), MOST_CATEGORIES);
    for (place, category) in letter.categories.iter().enumerate() {
        if category.chars().count() > LONGEST_CATEGORY {
            let field = format!("categories.{place}");
            problems.note(
                field,
                format!("A category may have at most {LONGEST_CATEGORY} characters."),
            );
        }
    }
}

/// A template may have the subject; whether it does is seen when it is filled in.
fn check_subjects(request: &Request, problems: &Problems) {
    let everybody_has_one = request
        .personalizations
        .iter()
        .all(|own| own.subject.is_some());
    if request.letter.template.is_none() && request.letter.subject.is_none() && !everybody_has_one {
        problems.note("subject", NO_SUBJECT);
    }
}

fn check_custom_args(request: &Request, problems: &Problems) {
    let size = |pairs: &[(String, String)]| -> usize {
        pairs
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum()
    };
    let shared = size(&request.letter.custom_args);
    for (place, own) in request.personalizations.iter().enumerate() {
        let found = shared + size(&own.custom_args);
        if found > MOST_CUSTOM_ARGS {
            problems.note(
                format!("personalizations.{place}.custom_args"),
                format!("The custom_args may have at most {MOST_CUSTOM_ARGS} bytes together, found {found}."),
            );
        }
    }
}

fn check_send_at(field: &str, at: Option<i64>, problems: &Problems, now: Timestamp) {
    if at.is_some_and(|at| at > now.as_second() + FURTHEST_AHEAD) {
        problems.note(
            field,
            "Scheduling more than 72 hours in advance is not permitted.",
        );
    }
}

fn check_headers(field: &str, headers: &[(String, String)], problems: &Problems) {
    for (name, value) in headers {
        let is_name =
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_graphic() && it != b':');
        if RESERVED.iter().any(|it| it.eq_ignore_ascii_case(name)) {
            let message =
                format!("The header {name} is reserved and cannot be set as a custom header.");
            problems.note(format!("{field}.{name}"), message);
        } else if !is_name || value.contains(['\r', '\n', '\0']) {
            problems.note(
                field,
                format!("The header {} is not valid.", name.escape_default()),
            );
        }
    }
}

fn check_duplicates(place: usize, request: &Request, problems: &Problems) {
    let mut seen = HashSet::new();
    let twice = request.personalizations[place]
        .people()
        .find(|(_, person)| !seen.insert(person.key()));
    if let Some((list, person)) = twice {
        let message = format!(
            "Each email address in the personalization block should be unique between to, cc, and bcc. We found the first \
             duplicate instance of [{}] in the personalizations.{place}.{list} field.",
            person.email
        );
        problems.note(format!("personalizations.{place}"), message);
    }
}
