//! The CRM's own callback, in the forms CRMs send it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::Unsubscribe;
use crate::{TrackingId, WebhookError, WebhookRequest};

const FIELDS: [&str; 3] = ["accountGuid", "trackingGuid", "unsubscribed"];

pub(super) fn read(request: &WebhookRequest) -> Result<Option<Vec<Unsubscribe>>, WebhookError> {
    let Some(fields) = fields(request) else {
        return Ok(None);
    };
    if !FIELDS.iter().any(|name| fields.contains_key(*name)) {
        return Ok(None);
    }
    let account = required(&fields, "accountGuid")?;
    let tracking = guid(&fields, "trackingGuid")?;
    let text = required(&fields, "unsubscribed")?;
    let at = parse_time(text).ok_or_else(|| {
        wrong(
            "unsubscribed",
            "a point in time such as `2026-03-02T14:15:42Z`",
        )
    })?;
    Ok(Some(vec![Unsubscribe {
        account_uid: Some(canonical(account)),
        tracking_id: Some(tracking),
        ..Unsubscribe::new(at)
    }]))
}

/// The request's fields by their documented names, whatever the letter case they came in.
fn fields(request: &WebhookRequest) -> Option<BTreeMap<&'static str, String>> {
    let text = std::str::from_utf8(&request.body).ok()?;
    let pairs = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(object)) => object
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .collect(),
        Ok(_) => return None,
        Err(_) if is_form(request) => form(text),
        Err(_) => return None,
    };
    let known = |name: &str| FIELDS.iter().find(|field| field.eq_ignore_ascii_case(name));
    let named = pairs.into_iter();
    Some(
        named
            .filter_map(|(name, value)| Some((*known(&name)?, value)))
            .collect(),
    )
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn is_form(request: &WebhookRequest) -> bool {
    request.header("content-type").is_some_and(|kind| {
        kind.trim()
            .to_ascii_lowercase()
            .starts_with("application/x-www-form-urlencoded")
    })
}

fn form(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3);
        match (
            bytes[at],
            hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            (byte, _) => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn required<'a>(
    fields: &'a BTreeMap<&str, String>,
    name: &'static str,
) -> Result<&'a str, WebhookError> {
    match fields.get(name).map(|text| text.trim()) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(WebhookError::malformed(format!(
            "`{name}` is missing; expected `accountGuid`, `trackingGuid` and `unsubscribed`"
        ))),
    }
}

/// A GUID in one spelling; other texts as they are, since a CRM may name its accounts as it likes.
fn canonical(account: &str) -> String {
    let guid = account.parse::<TrackingId>();
    guid.map_or_else(|_| account.to_owned(), |guid| guid.to_string())
}

fn guid(fields: &BTreeMap<&str, String>, name: &'static str) -> Result<TrackingId, WebhookError> {
    required(fields, name)?.parse().map_err(|_| {
        wrong(
            name,
            "a GUID such as `0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21`",
        )
    })
}

fn wrong(name: &str, expected: &str) -> WebhookError {
    WebhookError::malformed(format!("`{name}` is not readable; expected {expected}"))
}

pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(inner) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        // .NET appends the sender's offset, which does not change the instant.
        let end = inner
            .rfind(['+', '-'])
            .filter(|at| *at > 0)
            .unwrap_or(inner.len());
        return Timestamp::from_millisecond(inner[..end].parse().ok()?).ok();
    }
    if let Ok(number) = text.parse::<i64>() {
        return from_epoch(number);
    }
    text.parse::<Timestamp>().ok().or_else(|| {
        let without_zone: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(without_zone).ok()
    })
}

/// Seconds until the year 5138, milliseconds above.
fn from_epoch(number: i64) -> Option<Timestamp> {
    const LARGEST_SECONDS: u64 = 100_000_000_000;
    if number.unsigned_abs() < LARGEST_SECONDS {
        Timestamp::from_second(number).ok()
    } else {
        Timestamp::from_millisecond(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_time, read};
    use crate::WebhookRequest;

    fn request(kind: &str, body: &str) -> WebhookRequest {
        let mut request = WebhookRequest::post("/", body.to_owned(), jiff::Timestamp::UNIX_EPOCH);
        request
            .headers
            .push(("Content-Type".to_owned(), kind.to_owned()));
        request
    }

    const GUID: &str = "0b9d3f2e-6a0e-4b52-8a53-5d0c1b9f7e21";

    #[test]
    fn the_payload_is_read_as_json_and_as_a_form_in_any_guid_spelling() {
        let upper = GUID.to_uppercase();
        let bodies = [
            (
                "application/json",
                format!(
                    r#"{{"accountGuid":"{GUID}","trackingGuid":"{{{upper}}}","unsubscribed":"2026-03-02T14:15:42.1234567Z"}}"#
                ),
            ),
            (
                "application/x-www-form-urlencoded; charset=utf-8",
                format!(
                    "AccountGUID={}&trackingguid={GUID}&unsubscribed=2026-03-02T14%3A15%3A42.1234567%2B00%3A00",
                    GUID.replace('-', "")
                ),
            ),
        ];
        for (kind, body) in bodies {
            let found = read(&request(kind, &body)).unwrap().unwrap();
            assert_eq!(found[0].account_uid.as_deref(), Some(GUID));
            assert_eq!(found[0].tracking_id.unwrap().to_string(), GUID);
            assert_eq!(found[0].at.to_string(), "2026-03-02T14:15:42.1234567Z");
            assert!(found[0].suppress);
        }
    }

    #[test]
    fn an_account_may_have_a_name_that_is_no_guid() {
        let body = format!(
            r#"{{"accountGuid":" Acme & Sons ","trackingGuid":"{GUID}","unsubscribed":"2026-03-02T14:15:42Z"}}"#
        );
        let found = read(&request("application/json", &body)).unwrap().unwrap();
        assert_eq!(found[0].account_uid.as_deref(), Some("Acme & Sons"));
    }

    #[test]
    fn times_are_read_in_every_common_spelling() {
        for text in [
            "2026-03-02T14:15:42Z",
            "2026-03-02T14:15:42",
            "2026-03-02 14:15:42",
            "2026-03-02T09:15:42-05:00",
            "2026-03-02T14:15:42.0000000",
            "/Date(1772460942000)/",
            "/Date(1772460942000-0500)/",
            "1772460942",
            "1772460942000",
        ] {
            let time = parse_time(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(time.as_second(), 1_772_460_942, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "-9223372036854775808",
            "true",
            "/Date()/",
            "2026-13-01T00:00:00Z",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    #[test]
    fn another_body_is_not_mine_and_a_broken_one_names_the_field() {
        for body in ["", "[]", "{}", "{\"RecordType\":\"Open\"}", "not json"] {
            assert_eq!(
                read(&request("application/json", body)).unwrap(),
                None,
                "{body}"
            );
        }
        let body = format!(r#"{{"accountGuid":"{GUID}","unsubscribed":null}}"#);
        let error = read(&request("application/json", &body)).unwrap_err();
        assert!(
            error.to_string().contains("`trackingGuid` is missing"),
            "{error}"
        );
    }
}
