//! Words from outside, among lines of our own.

/// Escapes line breaks and whatever else a terminal would obey. Quotation marks stay as they are: people read this.
pub(super) fn one_line(text: &str) -> String {
    let escaped = text.escape_debug().to_string();
    escaped.replace("\\'", "'").replace("\\\"", "\"")
}
