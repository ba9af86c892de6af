//! Coming to a session: connection, encryption, what the server offers, login. Nothing of a message is said here.

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Ehlo;
use tokio::time::{Instant, timeout_at};

use super::session::{Failure, NO_ANSWER, Session, expect, failure, in_time};
use super::{Offers, Reply, Server};
use crate::error::Stage;
use crate::settings::Encryption;

/// Why there is no session, and how far it came.
pub(crate) struct NotOpen {
    pub(crate) stage: Stage,
    pub(crate) failure: Failure,
}

impl Session {
    /// Connects, encrypts, reads what the server offers, and logs in.
    pub(crate) async fn open(server: &Server, until: Instant) -> Result<Self, NotOpen> {
        let mut session = Self {
            connection: connect(server, until).await?,
            offers: Offers::default(),
        };
        let greeted = session.greet(server, until).await;
        greeted.map_err(|failure| NotOpen {
            stage: Stage::Hello,
            failure,
        })?;
        session.log_in(server, until).await?;
        Ok(session)
    }

    /// lettre has greeted already, and kept nothing of the answer that says which sizes and notifications the server offers.
    async fn greet(&mut self, server: &Server, until: Instant) -> Result<(), Failure> {
        // Whatever came before encryption must not pass for an answer after it.
        if !self.is_quiet() {
            let what = "the server, or somebody before it, said more than it was asked for";
            return Err(Failure::Lost(what.to_owned()));
        }
        let asked = self.connection.command(Ehlo::new(server.hello.clone()));
        let answer = in_time(until, asked).await?;
        expect(&answer, 250)?;
        self.offers = Offers::of(&answer);
        Ok(())
    }

    async fn log_in(&mut self, server: &Server, until: Instant) -> Result<(), NotOpen> {
        let Some(login) = &server.login else {
            return Ok(());
        };
        let offered = self.connection.server_info();
        if offered.get_auth_mechanism(&login.mechanisms).is_none() {
            return Err(NotOpen {
                stage: Stage::NoMechanism,
                failure: Failure::Lost(
                    "the server offers none of the ways to log in that are configured".to_owned(),
                ),
            });
        }
        let asked = self.connection.auth(&login.mechanisms, &login.credentials);
        let answer = match timeout_at(until, asked).await {
            Ok(Ok(answer)) => expect(&answer, 235).map(|_| ()),
            // A question back where none belongs: XOAUTH2 asks so when it refuses a token.
            Ok(Err(error)) if error.is_client() => Err(Failure::Refused(Reply::new(
                535,
                "the server asked for more than the chosen way to log in has to say",
            ))),
            Ok(Err(error)) => Err(failure(&error)),
            Err(_) => Err(Failure::Lost(NO_ANSWER.to_owned())),
        };
        answer.map_err(|failure| NotOpen {
            stage: Stage::Auth,
            failure,
        })
    }
}

async fn connect(server: &Server, until: Instant) -> Result<AsyncSmtpConnection, NotOpen> {
    let implicit = server.encryption == Encryption::Implicit;
    let tls = server.tls.clone().filter(|_| implicit);
    let address = (server.host.as_str(), server.port);
    let left = until.saturating_duration_since(Instant::now());
    let connecting =
        AsyncSmtpConnection::connect_tokio1(address, Some(left), &server.hello, tls, None);
    let at = |stage| move |failure| NotOpen { stage, failure };
    let mut connection = in_time(until, connecting)
        .await
        .map_err(at(Stage::Connect))?;
    if let (Encryption::StartTls, Some(tls)) = (server.encryption, &server.tls) {
        if !connection.can_starttls() {
            let what = "the server offers no STARTTLS";
            return Err(at(Stage::NoTls)(Failure::Lost(what.to_owned())));
        }
        let upgrade = connection.starttls(tls.clone(), &server.hello);
        in_time(until, upgrade).await.map_err(at(Stage::Connect))?;
    }
    Ok(connection)
}
