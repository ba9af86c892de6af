//! The page behind an unsubscribe link, as every service shows it: looking changes nothing, confirming does.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::html::escape_html;

/// The page of somebody who receives mail, or no longer does; `from` says from whom, after "from".
pub(super) fn unsubscribing(address: &str, from: &str, suppressed: bool) -> Response {
    let (heading, verb, action, button) = match suppressed {
        false => ("Unsubscribe", "receives mail", "unsubscribe", "Unsubscribe"),
        true => (
            "You are unsubscribed",
            "receives no more mail",
            "resubscribe",
            "Subscribe again",
        ),
    };
    Html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{heading}</title></head>\n\
         <body><h1>{heading}</h1><p>{} {verb} from {}.</p>\n\
         <form method=\"post\"><input type=\"hidden\" name=\"action\" value=\"{action}\">\
         <button type=\"submit\">{button}</button></form></body></html>\n",
        escape_html(address),
        escape_html(from)
    ))
    .into_response()
}

/// Whether the form that was posted takes the unsubscribing back; anything else confirms it, RFC 8058's one click too.
pub(super) fn takes_back(form: &str) -> bool {
    form.split('&').any(|field| field == "action=resubscribe")
}

/// The page behind a link that no message has.
pub(super) fn unknown_link() -> Response {
    let page = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Unknown link</title></head>\
                <body><h1>This link is not known</h1></body></html>\n";
    (StatusCode::NOT_FOUND, Html(page)).into_response()
}
