//! Address fields, refused in the words client libraries know from Postmark.

use plugin_api::Mailbox;

use crate::web::PostmarkError;

/// Reads `Name <a@b.example>, "Lee, Ann" <c@d.example>`; blank text is an empty list.
///
/// # Errors
/// Names the field and the first place that is no address a mail service could deliver to.
pub(super) fn list(field: &str, text: &str) -> Result<Vec<Mailbox>, PostmarkError> {
    let mailboxes = Mailbox::parse_list(text).map_err(|_| first_fault(field, text))?;
    match mailboxes
        .iter()
        .find(|mailbox| !mailbox.domain().contains('.'))
    {
        Some(local) => Err(not_deliverable(field, local.address())),
        None => Ok(mailboxes),
    }
}

/// Reads a field that holds exactly one address.
///
/// # Errors
/// As [`list`], and when there is none or more than one.
pub(super) fn one(field: &str, text: &str) -> Result<Mailbox, PostmarkError> {
    let mut mailboxes = list(field, text)?;
    match (mailboxes.pop(), mailboxes.is_empty()) {
        (Some(mailbox), true) => Ok(mailbox),
        _ => Err(not_deliverable(field, text)),
    }
}

fn not_deliverable(field: &str, address: &str) -> PostmarkError {
    PostmarkError::invalid(format!(
        "Invalid '{field}' address: '{}'.",
        address.escape_debug()
    ))
}

fn first_fault(field: &str, text: &str) -> PostmarkError {
    let says = |what: String| PostmarkError::invalid(format!("Error parsing '{field}': {what}"));
    let Some(places) = split(text) else {
        return says("Unclosed quoted string".to_owned());
    };
    for place in places
        .into_iter()
        .map(str::trim)
        .filter(|place| !place.is_empty())
    {
        let Err(fault) = place.parse::<Mailbox>() else {
            continue;
        };
        let address = bare(place).escape_debug().to_string();
        return if address.contains('@') {
            says(format!("Illegal email address '{address}': {fault}."))
        } else {
            says(format!(
                "Illegal email address '{address}'. It must contain the '@' symbol."
            ))
        };
    }
    says("It is not a list of email addresses.".to_owned())
}

fn bare(place: &str) -> &str {
    let inner = place
        .strip_suffix('>')
        .and_then(|place| place.rsplit_once('<'));
    inner.map_or(place, |(_, address)| address.trim())
}

/// Splits at commas outside quotation marks; `None` when a quotation mark stays open.
fn split(text: &str) -> Option<Vec<&str>> {
    let (mut places, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                places.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    places.push(&text[start..]);
    (!quoted).then_some(places)
}
