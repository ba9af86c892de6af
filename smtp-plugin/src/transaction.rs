//! One message over one connection: MAIL, RCPT, DATA, the message, and what each answer means for it.

use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use plugin_api::{ProviderMessageId, Receipt, RecipientOutcome, RecipientResult, SendError};
use tokio::time::Instant;

use crate::client::{Client, Failure, Lease, Reply, Server};
use crate::error::{Stage, Verdict, verdict};
use crate::message::Email;
use crate::parameters::Notifications;
use crate::redact::public;
use crate::{limits, refusal};

/// Why a message was not accepted, and whether the connection is good for another one.
struct Stopped {
    error: SendError,
    is_usable: bool,
}

/// Sends a message. Nothing of it is ever sent twice.
pub(crate) async fn send(
    client: &Client,
    email: &Email,
    notifications: &Notifications,
    until: Instant,
) -> Result<Receipt, SendError> {
    let mut lease = begin(client, email, notifications, until).await?;
    let sent = Transaction {
        server: &client.server,
        lease: &mut lease,
        email,
        until,
    }
    .run(notifications)
    .await;
    match sent {
        Ok(receipt) => {
            client.keep(lease);
            Ok(receipt)
        }
        Err(stopped) => {
            if stopped.is_usable && lease.session.reset(until).await {
                client.keep(lease);
            }
            Err(stopped.error)
        }
    }
}

/// A connection on which the server has taken the sender.
///
/// One that waited may have been given up by the server at this very moment: then the next one is tried. So far nothing but an address
/// was said.
async fn begin<'a>(
    client: &'a Client,
    email: &Email,
    notifications: &Notifications,
    until: Instant,
) -> Result<Lease<'a>, SendError> {
    loop {
        let mut lease = client.take(until).await?;
        if let Err(error) = limits::check(email, &lease.session.offers) {
            client.keep(lease);
            return Err(error);
        }
        let parameters = notifications.of_mail(email, &lease.session.offers);
        let command = Mail::new(Some(email.sender.clone()), parameters);
        let failure = match lease.session.ask(command, 250, until).await {
            Ok(_) => return Ok(lease),
            Err(failure) => failure,
        };
        match failure {
            Failure::Refused(reply) if lease.is_used && is_goodbye(&reply) => {}
            Failure::Lost(_) if lease.is_used && Instant::now() < until => {}
            Failure::Refused(reply) => {
                if !reply.ends_connection() && lease.session.reset(until).await {
                    client.keep(lease);
                }
                return Err(refusal::of_reply(Stage::Sender, &reply, &email.people));
            }
            Failure::Lost(why) => return Err(refusal::lost_before(&client.server, &why)),
        }
    }
}

/// "Idle for too long" and the like, and not "slow down", which asks for no further connection.
fn is_goodbye(reply: &Reply) -> bool {
    reply.ends_connection() && verdict(Stage::Sender, reply).0 == Verdict::Unavailable
}

/// From the sender on.
struct Transaction<'a, 'b> {
    server: &'a Server,
    lease: &'a mut Lease<'b>,
    email: &'a Email,
    until: Instant,
}

impl Transaction<'_, '_> {
    async fn run(&mut self, notifications: &Notifications) -> Result<Receipt, Stopped> {
        let refused = self.recipients(notifications).await?;
        let asked = self.lease.session.ask(Data, 354, self.until).await;
        asked.map_err(|failure| self.stopped_before(Stage::Data, failure))?;
        // An answer before the message is an answer to something else.
        if !self.lease.session.is_quiet() {
            let why = "the server said more than it was asked for".to_owned();
            return Err(self.stopped_before(Stage::Data, Failure::Lost(why)));
        }
        let content = self.lease.session.content(&self.email.content, self.until);
        match content.await {
            Ok(reply) => Ok(self.receipt(refused, &reply)),
            Err(Failure::Refused(reply)) => Err(self.refused(Stage::Content, &reply)),
            Err(Failure::Lost(why)) => Err(Stopped {
                error: refusal::lost_after(self.server, &why),
                is_usable: false,
            }),
        }
    }

    /// Names the recipients; those refused for good while others were taken.
    ///
    /// One that is refused for now puts off the whole message: sent to the others, it would be lost for that one.
    async fn recipients(
        &mut self,
        notifications: &Notifications,
    ) -> Result<Vec<(usize, Reply)>, Stopped> {
        let mut refused = Vec::new();
        for (place, recipient) in self.email.recipients.iter().enumerate() {
            let parameters = match self.lease.session.offers.dsn {
                true => notifications.of_recipient(recipient.wire.as_ref()),
                false => Vec::new(),
            };
            let command = Rcpt::new(recipient.wire.clone(), parameters);
            match self.lease.session.ask(command, 250, self.until).await {
                Ok(_) => {}
                Err(Failure::Refused(reply)) if is_about_recipient(&reply) => {
                    refused.push((place, reply));
                }
                Err(failure) => return Err(self.stopped_before(Stage::Recipient, failure)),
            }
        }
        match (
            refused.len() == self.email.recipients.len(),
            worst(&refused),
        ) {
            (true, Some(reply)) => Err(self.refused(Stage::Recipient, reply)),
            _ => Ok(refused),
        }
    }

    fn receipt(&self, refused: Vec<(usize, Reply)>, reply: &Reply) -> Receipt {
        let mut receipt = Receipt::new(ProviderMessageId::new(&self.email.id));
        receipt.note = Some(public(&reply.text, &self.email.people)).filter(|it| !it.is_empty());
        receipt.recipients = refused
            .into_iter()
            .map(|(place, reply)| {
                let address = &self.email.recipients[place].given;
                let words = format!("{} {}", reply.code, public(&reply.text, &self.email.people));
                RecipientResult::new(address, RecipientOutcome::Rejected).with_detail(words)
            })
            .collect();
        receipt
    }

    fn refused(&self, stage: Stage, reply: &Reply) -> Stopped {
        Stopped {
            error: refusal::of_reply(stage, reply, &self.email.people),
            is_usable: !reply.ends_connection(),
        }
    }

    fn stopped_before(&self, stage: Stage, failure: Failure) -> Stopped {
        match failure {
            Failure::Refused(reply) => self.refused(stage, &reply),
            Failure::Lost(why) => Stopped {
                error: refusal::lost_before(self.server, &why),
                is_usable: false,
            },
        }
    }
}

/// Whether it refuses this one recipient for good, and says nothing of the others.
fn is_about_recipient(reply: &Reply) -> bool {
    let (verdict, _) = verdict(Stage::Recipient, reply);
    let is_policy = matches!(reply.enhanced, Some(it) if it.subject == 7);
    verdict == Verdict::Recipients
        || (reply.code >= 500 && is_policy && !matches!(reply.code, 530 | 534 | 535 | 538))
}

/// What all refusals together amount to: where one of them is the server's policy, another service may take the message.
fn worst(refused: &[(usize, Reply)]) -> Option<&Reply> {
    let is_policy = |reply: &&Reply| verdict(Stage::Recipient, reply).0 != Verdict::Recipients;
    let replies = || refused.iter().map(|(_, reply)| reply);
    replies().find(is_policy).or_else(|| replies().next())
}
