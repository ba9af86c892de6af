//! Paths as clients spell them: the official npm client asks for `/deliveryStats` and `/templates/`, the manual says
//! `/deliverystats` and `/templates`, and the service answers both.

/// The fixed segments in the spelling of the routes.
const SEGMENTS: [&str; 19] = [
    "activate",
    "batch",
    "batchWithTemplates",
    "bounces",
    "delete",
    "deliverystats",
    "details",
    "dump",
    "email",
    "message-streams",
    "messages",
    "outbound",
    "server",
    "suppressions",
    "templates",
    "validate",
    "verify",
    "webhooks",
    "withTemplate",
];

/// The path without a slash at its end, fixed segments in the spelling of the routes, everything else untouched.
pub(super) fn canonical(path: &str) -> String {
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let mut segments: Vec<&str> = trimmed.split('/').map(known_spelling).collect();
    // A template's alias may look like a fixed segment and be spelt otherwise.
    if let ["", "templates", key] = segments[..]
        && key != "validate"
    {
        segments[2] = trimmed.rsplit('/').next().unwrap_or(key);
    }
    match segments[..] {
        [""] => "/".to_owned(),
        _ => segments.join("/"),
    }
}

fn known_spelling(segment: &str) -> &str {
    let known = SEGMENTS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(segment));
    known.unwrap_or(segment)
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn letter_case_and_a_last_slash_do_not_matter() {
        assert_eq!(canonical("/deliveryStats"), "/deliverystats");
        assert_eq!(canonical("/Email/withtemplate/"), "/email/withTemplate");
        assert_eq!(canonical("/"), "/");
        assert_eq!(canonical(""), "/");
    }

    #[test]
    fn names_of_things_stay_as_they_are() {
        assert_eq!(canonical("/Templates/Email/"), "/templates/Email");
        assert_eq!(canonical("/templates/Validate"), "/templates/validate");
        assert_eq!(canonical("/webhooks/7/VERIFY"), "/webhooks/7/verify");
    }
}
