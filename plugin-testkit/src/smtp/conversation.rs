//! The server's side of one connection.

use std::io;
use std::ops::ControlFlow;

use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader,
};

use super::{SmtpAct, SmtpMessage, SmtpMoment, SmtpStandIn};

/// A line that is longer ends the conversation.
const LONGEST_LINE: u64 = 100_000;

impl SmtpStandIn {
    /// Talks to one client until either side hangs up.
    pub async fn converse(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send) {
        self.lock().connections += 1;
        let mut conversation = self.with(stream);
        // An error means that the client has gone: there is nobody left to tell.
        if let Ok(Next::Continue(_)) = conversation.greet().await {
            let _ = conversation.listen().await;
        }
    }

    /// The same for a client that was greeted before its connection was encrypted.
    pub async fn converse_after_starttls(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    ) {
        self.lock().connections += 1;
        let _ = self.with(stream).listen().await;
    }

    fn with<S: AsyncRead>(&self, stream: S) -> Conversation<'_, S> {
        Conversation {
            server: self,
            stream: BufReader::new(stream),
            message: blank(),
        }
    }
}

struct Conversation<'a, S> {
    server: &'a SmtpStandIn,
    stream: BufReader<S>,
    message: SmtpMessage,
}

/// Whether the conversation goes on, and whether the server did what it always does.
type Next = ControlFlow<(), bool>;

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Conversation<'_, S> {
    async fn greet(&mut self) -> io::Result<Next> {
        self.answer(SmtpMoment::Greeting, "220 stand-in.test").await
    }

    async fn listen(&mut self) -> io::Result<()> {
        while let Some(command) = self.line().await? {
            self.server.hear(command.clone());
            if self.obey(&command).await?.is_break() {
                break;
            }
        }
        Ok(())
    }

    async fn obey(&mut self, command: &str) -> io::Result<Next> {
        let verb = command.split([' ', ':']).next().unwrap_or_default();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => {
                let offers = self.server.lock().offers.clone();
                let lines = ["stand-in.test".to_owned()].into_iter().chain(offers);
                let lines: Vec<String> = lines.collect();
                self.answer(SmtpMoment::Ehlo, &reply(250, &lines)).await
            }
            "AUTH" if command.to_ascii_uppercase().starts_with("AUTH LOGIN") => self.log_in().await,
            "AUTH" => self.answer(SmtpMoment::Auth, "235 2.7.0 welcome").await,
            "MAIL" => {
                let next = self.answer(SmtpMoment::Mail, "250 2.1.0 ok").await?;
                self.message = SmtpMessage {
                    mail: command.to_owned(),
                    ..blank()
                };
                Ok(next)
            }
            "RCPT" => {
                let next = self.answer(SmtpMoment::Rcpt, "250 2.1.5 ok").await?;
                if next == Next::Continue(true) {
                    self.message.recipients.push(command.to_owned());
                }
                Ok(next)
            }
            "DATA" => match self.answer(SmtpMoment::Data, "354 go ahead").await? {
                Next::Continue(true) => self.content().await,
                next => Ok(next),
            },
            "QUIT" => {
                // Whatever was said, it was the last word.
                let _ = self.answer(SmtpMoment::Other, "221 2.0.0 bye").await?;
                Ok(Next::Break(()))
            }
            _ => self.answer(SmtpMoment::Other, "250 2.0.0 ok").await,
        }
    }

    /// AUTH LOGIN asks for the name and the password in base64.
    async fn log_in(&mut self) -> io::Result<Next> {
        for challenge in ["334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"] {
            let next = self.answer(SmtpMoment::Auth, challenge).await?;
            if next != Next::Continue(true) {
                return Ok(next);
            }
            let answer = self.line().await?.unwrap_or_default();
            self.server.hear(answer);
        }
        self.answer(SmtpMoment::Auth, "235 2.7.0 welcome").await
    }

    async fn content(&mut self) -> io::Result<Next> {
        let mut is_first = true;
        loop {
            let Some(line) = self.line().await? else {
                return Ok(Next::Break(()));
            };
            if std::mem::take(&mut is_first) {
                let next = self.act(SmtpMoment::FirstLine, None).await?;
                if next != Next::Continue(true) {
                    return Ok(next);
                }
            }
            if line == "." {
                break;
            }
            let line = line.strip_prefix('.').unwrap_or(&line);
            self.message.content.push_str(line);
            self.message.content.push_str("\r\n");
        }
        let next = self
            .answer(SmtpMoment::Dot, "250 2.0.0 queued as 4F5A2")
            .await?;
        if next == Next::Continue(true) {
            self.server
                .keep(std::mem::replace(&mut self.message, blank()));
        }
        Ok(next)
    }

    async fn answer(&mut self, moment: SmtpMoment, usual: &str) -> io::Result<Next> {
        self.act(moment, Some(usual)).await
    }

    async fn act(&mut self, moment: SmtpMoment, usual: Option<&str>) -> io::Result<Next> {
        match self.server.act(moment) {
            SmtpAct::GoOn => {
                if let Some(usual) = usual {
                    self.say(usual).await?;
                }
                Ok(Next::Continue(true))
            }
            SmtpAct::Say(line) => {
                self.say(&line).await?;
                Ok(Next::Continue(false))
            }
            SmtpAct::SayAndHangUp(line) => {
                self.say(&line).await?;
                Ok(Next::Break(()))
            }
            SmtpAct::KeepAndHangUp => {
                self.server
                    .keep(std::mem::replace(&mut self.message, blank()));
                Ok(Next::Break(()))
            }
            SmtpAct::HangUp => Ok(Next::Break(())),
            SmtpAct::Hang => std::future::pending().await,
        }
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream
            .write_all(format!("{line}\r\n").as_bytes())
            .await?;
        self.stream.flush().await
    }

    /// The next line without its CRLF; nothing at the end, and for what is no text.
    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = (&mut self.stream)
            .take(LONGEST_LINE)
            .read_line(&mut line)
            .await?;
        Ok(line
            .strip_suffix("\r\n")
            .filter(|_| read > 0)
            .map(str::to_owned))
    }
}

fn blank() -> SmtpMessage {
    SmtpMessage {
        mail: String::new(),
        recipients: Vec::new(),
        content: String::new(),
    }
}

fn reply(code: u16, lines: &[String]) -> String {
    let last = lines.len().saturating_sub(1);
    let lines = lines.iter().enumerate();
    let lines =
        lines.map(|(at, line)| format!("{code}{}{line}", if at == last { ' ' } else { '-' }));
    lines.collect::<Vec<_>>().join("\r\n")
}
