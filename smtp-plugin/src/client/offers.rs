//! What a server says it can do, in its answer to EHLO. lettre reads the same answer, and keeps less of it.

use lettre::transport::smtp::response::Response;

/// The extensions this plugin uses, by their RFCs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Offers {
    /// SIZE (RFC 1870): that sizes may be announced.
    pub(crate) size: bool,
    /// The largest message in bytes, when the server names a limit.
    pub(crate) max_size: Option<u64>,
    /// 8BITMIME (RFC 6152).
    pub(crate) eight_bit: bool,
    /// SMTPUTF8 (RFC 6531).
    pub(crate) utf8: bool,
    /// DSN (RFC 3461).
    pub(crate) dsn: bool,
}

impl Offers {
    pub(crate) fn of(ehlo: &Response) -> Self {
        let mut offers = Self::default();
        // The first line is the server's name.
        for line in ehlo.message().skip(1) {
            let mut words = line.split_whitespace();
            match words
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase()
                .as_str()
            {
                "SIZE" => {
                    offers.size = true;
                    let limit = words.next().and_then(|limit| limit.parse().ok());
                    // Zero is "no fixed limit".
                    offers.max_size = limit.filter(|limit| *limit > 0);
                }
                "8BITMIME" => offers.eight_bit = true,
                "SMTPUTF8" => offers.utf8 = true,
                "DSN" => offers.dsn = true,
                _ => {}
            }
        }
        offers
    }
}

#[cfg(test)]
mod tests {
    use super::Offers;

    #[test]
    fn offers_are_read_whatever_their_letter_case() {
        let read = |text: &str| Offers::of(&text.parse().unwrap());
        let all = Offers {
            size: true,
            max_size: Some(1000),
            eight_bit: true,
            utf8: true,
            dsn: true,
        };
        assert_eq!(
            read("250-mail.test\r\n250-size 1000\r\n250-8BITMIME\r\n250-SmtpUtf8\r\n250 DSN\r\n"),
            all
        );
        assert_eq!(read("250 DSN\r\n"), Offers::default());
        for unlimited in ["SIZE", "SIZE 0", "SIZE many"] {
            let offers = read(&format!("250-mail.test\r\n250 {unlimited}\r\n"));
            assert_eq!((offers.size, offers.max_size), (true, None), "{unlimited}");
        }
    }
}
