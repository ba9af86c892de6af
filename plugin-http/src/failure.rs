//! No answer came: what is certain nevertheless.

use plugin_api::SendError;

/// No answer came.
#[derive(Debug)]
pub struct Failure {
    /// Whether it is certain that the service does not have the request.
    pub certainly_unsent: bool,
    /// Host and port.
    pub address: String,
    /// What happened, in a clause.
    pub why: String,
    /// What happened, to the last cause; names hosts, never credentials or mail addresses.
    pub cause: String,
}

impl Failure {
    /// The error for a send that got no answer from this service: `Unavailable` where that is proved, else `InDoubt`.
    pub fn of_send(&self, service: &str) -> SendError {
        let error = if self.certainly_unsent {
            SendError::unavailable(self.not_reached(service, "nothing was sent; "))
        } else {
            SendError::in_doubt(format!(
                "{service}: no answer came from {} after the request was written: {}",
                self.address, self.why
            ))
        };
        error.caused_by(self.cause.clone())
    }

    /// The error for a question (reading, lists) that got no answer from this service: no message can be in doubt.
    pub fn of_question(&self, service: &str) -> SendError {
        SendError::unavailable(self.not_reached(service, "")).caused_by(self.cause.clone())
    }

    fn not_reached(&self, service: &str, so: &str) -> String {
        format!(
            "{service}: {} was not reached: {}; {so}check the network, `base_url` and `proxy`",
            self.address, self.why
        )
    }
}
