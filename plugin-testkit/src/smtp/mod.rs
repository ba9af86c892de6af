//! A submission server that does what a script says at each moment of a conversation, and keeps what it was told.
//!
//! Without a script it takes everything. It speaks in the clear; a test that wants TLS wraps the stream and calls [`SmtpStandIn::converse`].

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;

mod conversation;

/// A moment of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SmtpMoment {
    /// Somebody has connected; the greeting is due.
    Greeting,
    /// EHLO.
    Ehlo,
    /// AUTH, or an answer to a challenge of it.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA.
    Data,
    /// The first line of a message has come.
    FirstLine,
    /// The final dot has come: the message is whole.
    Dot,
    /// RSET, NOOP or QUIT.
    Other,
}

/// What the server does at a moment.
#[derive(Debug, Clone)]
pub enum SmtpAct {
    /// What it always does.
    GoOn,
    /// Says this line, or these.
    Say(String),
    /// Says this and hangs up.
    SayAndHangUp(String),
    /// Keeps the message, as if it were accepted, and hangs up without a word.
    KeepAndHangUp,
    /// Hangs up without a word.
    HangUp,
    /// Says nothing, and stays.
    Hang,
}

impl SmtpAct {
    /// Says this line.
    pub fn say(line: &str) -> Self {
        Self::Say(line.to_owned())
    }
}

/// A message that the server accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpMessage {
    /// The MAIL command.
    pub mail: String,
    /// The RCPT commands that were taken.
    pub recipients: Vec<String>,
    /// The content, dots unstuffed, line breaks as they came.
    pub content: String,
}

/// The server. It ends with the runtime it was started on. Clones are the same server.
#[derive(Clone)]
pub struct SmtpStandIn {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    changed: Arc<watch::Sender<()>>,
}

struct Shared {
    script: HashMap<SmtpMoment, VecDeque<SmtpAct>>,
    offers: Vec<String>,
    connections: usize,
    commands: Vec<String>,
    accepted: Vec<SmtpMessage>,
}

impl SmtpStandIn {
    /// A server on a free port of 127.0.0.1 that offers these extensions, each a line of its answer to EHLO.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(offers: &[&str]) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = Self::at(listener.local_addr()?, offers);
        let this = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let this = this.clone();
                // A client that hangs up ends its conversation.
                tokio::spawn(async move { this.converse(stream).await });
            }
        });
        Ok(server)
    }

    /// A server that listens nowhere by itself: [`SmtpStandIn::converse`] gives it its clients. The address is the one it is told.
    pub fn at(address: SocketAddr, offers: &[&str]) -> Self {
        let shared = Shared {
            script: HashMap::new(),
            offers: offers.iter().map(|&offer| offer.to_owned()).collect(),
            connections: 0,
            commands: Vec::new(),
            accepted: Vec::new(),
        };
        Self {
            address,
            shared: Arc::new(Mutex::new(shared)),
            changed: Arc::new(watch::Sender::new(())),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What to do at the next moments of this kind, over all connections; then it goes on as always.
    pub fn at_moment(&self, moment: SmtpMoment, acts: impl IntoIterator<Item = SmtpAct>) {
        self.lock().script.entry(moment).or_default().extend(acts);
    }

    /// The same, for the very next one.
    pub fn once(&self, moment: SmtpMoment, act: SmtpAct) {
        self.at_moment(moment, [act]);
    }

    /// How many have connected.
    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// All commands so far, as they came.
    pub fn commands(&self) -> Vec<String> {
        self.lock().commands.clone()
    }

    /// What was accepted so far.
    pub fn accepted(&self) -> Vec<SmtpMessage> {
        self.lock().accepted.clone()
    }

    /// Waits until a look at it says so; it is looked at after each command and each accepted message.
    pub async fn wait_until(&self, is_so: impl Fn(&Self) -> bool) {
        let mut changes = self.changed.subscribe();
        // The sender lives as long as this server: the wait ends only when it is so.
        while !is_so(self) && changes.changed().await.is_ok() {}
    }

    fn act(&self, moment: SmtpMoment) -> SmtpAct {
        let mut shared = self.lock();
        let acts = shared.script.get_mut(&moment);
        acts.and_then(VecDeque::pop_front).unwrap_or(SmtpAct::GoOn)
    }

    fn hear(&self, command: String) {
        self.lock().commands.push(command);
        self.changed.send_replace(());
    }

    fn keep(&self, message: SmtpMessage) {
        self.lock().accepted.push(message);
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
