//! Words of others for an operator's eyes.

use std::error::Error;
use std::fmt::Write as _;

const LONGEST: usize = 300;

/// An error and everything beneath it, on one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let _ = write!(text, ": {cause}");
        next = cause.source();
    }
    text
}

/// What lies at the bottom of an error: the wrappers above say where in the code it was noticed.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// A service's words on one line of at most 300 characters, with `<address>` in place of everything that may be one.
pub fn without_addresses(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        if word.contains('@') {
            "<address>"
        } else {
            word
        }
    });
    let shown = words.collect::<Vec<_>>().join(" ");
    let shown = shown.replace(char::is_control, " ");
    match shown.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::without_addresses;

    #[test]
    fn addresses_are_hidden() {
        assert_eq!(
            without_addresses(
                "The 'From' address you supplied (ann@example.com)\nis not a Sender Signature"
            ),
            "The 'From' address you supplied <address> is not a Sender Signature"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = without_addresses(&"é".repeat(1000));
        assert_eq!(cut.chars().count(), 301);
    }
}
