//! What a server answered: the code, the enhanced status code (RFC 3463), the words.

use std::error::Error as _;
use std::fmt;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::response::Response;

/// A server's answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) enhanced: Option<Enhanced>,
    /// Everything after the code, the lines joined. Repeats addresses: for an operator's eyes only after [`crate::redact::public`].
    pub(crate) text: String,
}

/// Class, subject and detail, such as 5.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Enhanced {
    pub(crate) class: u16,
    pub(crate) subject: u16,
    pub(crate) detail: u16,
}

impl Reply {
    pub(crate) fn new(code: u16, text: impl Into<String>) -> Self {
        let text = text.into();
        let enhanced = text.split_whitespace().next().and_then(Enhanced::read);
        Self {
            code,
            // One that contradicts the code says nothing (RFC 2034, 4).
            enhanced: enhanced.filter(|it| it.class == code / 100),
            text,
        }
    }

    pub(crate) fn of(response: &Response) -> Self {
        let lines: Vec<&str> = response.message().collect();
        Self::new(response.code().into(), lines.join(" "))
    }

    /// The negative answer in an error, when there is one: lettre makes errors of them.
    pub(crate) fn in_error(error: &Error) -> Option<Self> {
        let code = error.status()?.into();
        let text = error.source().map(ToString::to_string);
        Some(Self::new(code, text.unwrap_or_default()))
    }

    /// Whether it says that the server is hanging up.
    pub(crate) fn ends_connection(&self) -> bool {
        matches!(self.code, 421 | 521)
    }

    /// The words without the enhanced code.
    pub(crate) fn words(&self) -> &str {
        let text = self.text.trim();
        match (self.enhanced, text.split_once(char::is_whitespace)) {
            (None, _) => text,
            (Some(_), Some((_, words))) => words.trim_start(),
            (Some(_), None) => "",
        }
    }

    /// `550/5.1.1`, or the code alone.
    pub(crate) fn provider_code(&self) -> String {
        match self.enhanced {
            Some(enhanced) => format!("{}/{enhanced}", self.code),
            None => self.code.to_string(),
        }
    }
}

impl Enhanced {
    fn read(word: &str) -> Option<Self> {
        let mut parts = word.split('.').map(|part| {
            let is_number =
                (1..=3).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
            is_number.then(|| part.parse().ok()).flatten()
        });
        let (class, subject, detail) = (parts.next()??, parts.next()??, parts.next()??);
        let whole = Self {
            class,
            subject,
            detail,
        };
        parts.next().is_none().then_some(whole)
    }
}

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::Reply;

    #[test]
    fn an_enhanced_code_is_read_where_it_agrees_with_the_code() {
        for (code, text, expected, words) in [
            (550, "5.1.1 no such user", "550/5.1.1", "no such user"),
            (421, "4.7.28 slow down", "421/4.7.28", "slow down"),
            (250, "2.0.0", "250/2.0.0", ""),
            (
                550,
                "4.1.1 contradicts itself",
                "550",
                "4.1.1 contradicts itself",
            ),
            (550, "5.1 is none", "550", "5.1 is none"),
            (550, "5.1.1.1 is none", "550", "5.1.1.1 is none"),
            (550, "5.1.1111 is none", "550", "5.1.1111 is none"),
            (550, "", "550", ""),
        ] {
            let reply = Reply::new(code, text);
            assert_eq!(reply.provider_code(), expected);
            assert_eq!(reply.words(), words);
        }
    }
}
