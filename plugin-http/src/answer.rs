//! What came back: status, the few headers that matter, and as much of the body as arrived.

use std::time::Duration;

use plugin_api::Timestamp;
use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

/// The most that is read of an answer to a question: a suppression list of half a million people fits.
pub(crate) const LONGEST_LIST: usize = 64 * 1024 * 1024;
/// The most that is read of an answer to a request that brought something: five hundred items come nowhere near it.
pub(crate) const LONGEST_REPLY: usize = 4 * 1024 * 1024;

const SHORTEST_SECRET: usize = 16;

/// A longer wait is taken for this one: nobody asks for more in earnest.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long the service asks to wait (`Retry-After`); at most a day.
    pub retry_after: Option<Duration>,
    /// When it was given, by the service's clock (whole seconds).
    pub date: Option<Timestamp>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
    /// Why the body is not whole, when it is not.
    pub cut: Option<String>,
    headers: HeaderMap,
}

impl Answer {
    /// The text of a header, the first of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Reads the body. A broken one is kept: the status may be enough to decide.
    pub(crate) async fn read(mut response: reqwest::Response, longest: usize) -> Self {
        let date = date(response.headers(), DATE);
        let mut answer = Self {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers(), date),
            date,
            body: Vec::new(),
            cut: None,
            headers: std::mem::take(response.headers_mut()),
        };
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if answer.body.len() + chunk.len() <= longest => {
                    answer.body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    answer.cut = Some(format!("the answer is longer than {longest} bytes"));
                    return answer;
                }
                Ok(None) => return answer,
                Err(error) => {
                    answer.cut = Some(crate::text::chain(&error.without_url()));
                    return answer;
                }
            }
        }
    }

    /// With stars in place of a secret: a refusal may repeat what it was sent, and texts of refusals are shown.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        // Shorter ones are no tokens of any service's, and would tear JSON apart.
        if secret.len() >= SHORTEST_SECRET {
            self.body = starred(self.body, secret.as_bytes());
        }
        self
    }
}

fn starred(body: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let (mut kept, mut rest) = (Vec::new(), body.as_slice());
    while let Some(at) = rest.windows(secret.len()).position(|it| it == secret) {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(b"***");
        rest = &rest[at + secret.len()..];
    }
    if kept.is_empty() {
        return body;
    }
    kept.extend_from_slice(rest);
    kept
}

/// `Retry-After` in either form: seconds, or a date, which counts from the answer's own `Date`.
fn retry_after(headers: &HeaderMap, now: Option<Timestamp>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    let until = date(headers, RETRY_AFTER)?;
    let wait = until.duration_since(now.unwrap_or_else(Timestamp::now));
    let wait = Duration::try_from(wait).unwrap_or_default();
    Some(wait.min(LONGEST_WAIT))
}

fn date(headers: &HeaderMap, name: HeaderName) -> Option<Timestamp> {
    let text = headers.get(name)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(date.timestamp())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{date, retry_after};
    use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        for (text, expected) in [
            ("120", Some(120)),
            ("Mon, 02 Mar 2026 14:16:42 GMT", Some(60)),
            ("Mon, 02 Mar 2026 14:00:00 GMT", Some(0)),
            ("18446744073709551615", Some(86_400)),
            ("Fri, 02 Mar 2096 14:00:00 GMT", Some(86_400)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            let now = HeaderValue::from_static("Mon, 02 Mar 2026 14:15:42 GMT");
            headers.insert(DATE, now);
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            let found = retry_after(&headers, date(&headers, DATE));
            assert_eq!(found, expected.map(Duration::from_secs), "{text}");
        }
    }
}
