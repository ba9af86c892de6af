//! One conversation with the server: what was asked, what was answered, and whether anything was lost on the way.
//!
//! lettre's own `send` says only that sending failed. Here each command is a call of its own, so its caller knows how far things had come.

use std::fmt::Display;
use std::future::Future;
use std::time::Duration;

use futures_util::FutureExt as _;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Noop, Quit, Rset};
use lettre::transport::smtp::response::Response;
use tokio::time::{Instant, timeout_at};

use super::{Offers, Reply};

/// A message is written in pieces, so that it is not copied as a whole.
const PIECE: usize = 64 * 1024;
/// For courtesies whose answer changes nothing.
const COURTESY: Duration = Duration::from_secs(2);
pub(super) const NO_ANSWER: &str = "no answer came before the call's deadline";

/// An open, greeted and, where there is a user, logged-in connection.
pub(crate) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    pub(crate) offers: Offers,
}

/// No answer that allows to go on.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server said no.
    Refused(Reply),
    /// The connection cannot be used any more; why, in a clause without anything the server wrote.
    Lost(String),
}

impl Session {
    /// Whether the server has said nothing unasked: a goodbye, a closed connection, an answer too many.
    pub(crate) fn is_quiet(&mut self) -> bool {
        // Polled once: what has arrived is there at once.
        self.connection.read_response().now_or_never().is_none()
    }

    /// A command, and its answer if that has the code or, for 250, any other that says the same.
    pub(crate) async fn ask(
        &mut self,
        command: impl Display,
        code: u16,
        until: Instant,
    ) -> Result<Reply, Failure> {
        let answer = in_time(until, self.connection.command(command)).await?;
        expect(&answer, code)
    }

    /// The message and its final dot, after DATA was answered.
    pub(crate) async fn content(
        &mut self,
        message: &[u8],
        until: Instant,
    ) -> Result<Reply, Failure> {
        let asked = self.connection.message_iter(message.chunks(PIECE));
        let error = match timeout_at(until, asked).await {
            Ok(Ok(answer)) => return expect(&answer, 250),
            Ok(Err(error)) => error,
            Err(_) => return Err(Failure::Lost(NO_ANSWER.to_owned())),
        };
        match failure(&error) {
            // A server that hangs up in the middle of a message has usually said why.
            Failure::Lost(why) if !error.is_response() => {
                Err(self.last_words(until).await.unwrap_or(Failure::Lost(why)))
            }
            failure => Err(failure),
        }
    }

    async fn last_words(&mut self, until: Instant) -> Option<Failure> {
        match timeout_at(courtesy(until), self.connection.read_response()).await {
            Ok(Err(error)) => Reply::in_error(&error).map(Failure::Refused),
            _ => None,
        }
    }

    /// Whether the server is there and listens.
    pub(crate) async fn ping(&mut self, until: Instant) -> Result<Reply, Failure> {
        self.ask(Noop, 250, until).await
    }

    /// Gives up what was begun; whether the connection is good for another message.
    pub(crate) async fn reset(&mut self, until: Instant) -> bool {
        self.ask(Rset, 250, courtesy(until)).await.is_ok()
    }

    /// Says goodbye.
    pub(crate) async fn quit(mut self) {
        // The message is long delivered: nobody needs the answer.
        let _ = self.ask(Quit, 221, Instant::now() + COURTESY).await;
    }
}

/// The outcome is known by then: it must not be lost with the call.
fn courtesy(until: Instant) -> Instant {
    until.min(Instant::now() + COURTESY)
}

pub(super) async fn in_time<T>(
    until: Instant,
    asked: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match timeout_at(until, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(failure(&error)),
        Err(_) => Err(Failure::Lost(NO_ANSWER.to_owned())),
    }
}

/// An answer that belongs to another question means that nobody knows any more which answer is whose.
pub(super) fn expect(answer: &Response, code: u16) -> Result<Reply, Failure> {
    let reply = Reply::of(answer);
    // 251 and 252 accept a recipient in other words; RFC 5321, 4.2.1, tells clients to go by the first digit.
    let is_it = reply.code == code || (code == 250 && matches!(reply.code, 251 | 252));
    match is_it {
        true => Ok(reply),
        false => Err(Failure::Lost(format!(
            "the answer has code {} where {code} belongs",
            reply.code
        ))),
    }
}

pub(super) fn failure(error: &Error) -> Failure {
    if let Some(reply) = Reply::in_error(error) {
        return Failure::Refused(reply);
    }
    // What cannot be read is repeated in the error, and may repeat addresses.
    if error.is_response() {
        return Failure::Lost("no complete answer came".to_owned());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    Failure::Lost(innermost.to_string())
}
