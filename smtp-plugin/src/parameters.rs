//! What MAIL and RCPT carry beside addresses (RFC 1870, 6152, 6531, 3461): only what the server offers.

use lettre::transport::smtp::extension::{MailBodyParameter, MailParameter, RcptParameter};

use crate::client::Offers;
use crate::message::Email;

/// What is asked of the server beyond carrying the message.
pub(crate) struct Notifications {
    /// The words of NOTIFY; empty leaves it to the server.
    pub(crate) notify: String,
    pub(crate) returned: &'static str,
}

impl Notifications {
    /// The parameters of MAIL: what the server offers of size, script and notification.
    pub(crate) fn of_mail(&self, email: &Email, offers: &Offers) -> Vec<MailParameter> {
        let mut parameters = Vec::new();
        if offers.size {
            parameters.push(MailParameter::Size(email.content.len()));
        }
        if email.needs_utf8 {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if offers.dsn {
            parameters.push(MailParameter::Other {
                keyword: "RET".to_owned(),
                value: Some(self.returned.to_owned()),
            });
            parameters.push(MailParameter::Other {
                keyword: "ENVID".to_owned(),
                value: Some(email.tracking_id.to_string()),
            });
        }
        parameters
    }

    /// The parameters of RCPT, where the server offers notifications.
    pub(crate) fn of_recipient(&self, address: &str) -> Vec<RcptParameter> {
        let parameter = |keyword: &str, value: String| RcptParameter::Other {
            keyword: keyword.to_owned(),
            value: Some(value),
        };
        let mut parameters = Vec::new();
        if !self.notify.is_empty() {
            parameters.push(parameter("NOTIFY", self.notify.clone()));
        }
        // Other addresses have a type of their own (RFC 6533).
        if address.is_ascii() {
            parameters.push(parameter("ORCPT", format!("rfc822;{address}")));
        }
        parameters
    }
}
