//! A line between host and service with a gate on it: batches stop there at a given place until somebody says what becomes of them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::PATIENCE;

/// Where a batch stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// So many bytes of the request reach the service; the rest waits.
    Request(usize),
    /// The request reaches the service, and its answer waits.
    Answer,
}

/// What becomes of what waits. Later batches pass in either case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes on, also when its sender is gone by now.
    Delivered,
    /// Its connection breaks.
    Lost,
}

pub(super) struct Gate {
    hold: Hold,
    held: watch::Sender<usize>,
    fate: watch::Sender<Option<Fate>>,
}

/// Opens a line to the service; the gate on it is closed.
pub(super) async fn close(service: SocketAddr, hold: Hold) -> (SocketAddr, Arc<Gate>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    let gate = Arc::new(Gate {
        hold,
        held: watch::Sender::new(0),
        fate: watch::Sender::new(None),
    });
    let serving = Arc::clone(&gate);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let gate = Arc::clone(&serving);
            // It ends with its connection, in whichever way that ends.
            tokio::spawn(async move { gate.carry(client, service).await });
        }
    });
    (address, gate)
}

impl Gate {
    /// Waits until so many batches stand at the gate.
    pub(super) async fn holds(&self, batches: usize) {
        let mut held = self.held.subscribe();
        let come = timeout(PATIENCE, held.wait_for(|held| *held >= batches)).await;
        come.expect("they come").expect("the gate is there");
    }

    pub(super) fn open(&self, fate: Fate) {
        self.fate.send_replace(Some(fate));
    }

    fn is_open(&self) -> bool {
        self.fate.borrow().is_some()
    }

    /// Stands at the gate; an error when this is the end of the connection.
    async fn stand(&self) -> io::Result<()> {
        self.held.send_modify(|held| *held += 1);
        let mut fate = self.fate.subscribe();
        let fate = fate.wait_for(Option::is_some).await;
        match fate.ok().and_then(|fate| *fate) {
            Some(Fate::Delivered) => Ok(()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    async fn carry(&self, client: TcpStream, service: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(service).await?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let batches = AtomicUsize::new(0);
        tokio::select! {
            ended = self.requests(from_client, to_server, &batches) => ended,
            ended = self.answers(from_server, to_client, &batches) => ended,
        }
    }

    async fn requests(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        batches: &AtomicUsize,
    ) -> io::Result<()> {
        let mut left = usize::MAX;
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut bytes).await?;
            if read == 0 {
                // The sender is gone; the service is heard out, as it would be on a real line.
                return std::future::pending().await;
            }
            if bytes[..read].starts_with(b"POST /email") && !self.is_open() {
                batches.fetch_add(1, Ordering::AcqRel);
                left = match self.hold {
                    Hold::Request(length) => length,
                    Hold::Answer => usize::MAX,
                };
            }
            let passes = read.min(left);
            to.write_all(&bytes[..passes]).await?;
            if read > left {
                self.stand().await?;
                to.write_all(&bytes[passes..read]).await?;
                left = usize::MAX;
            } else if left != usize::MAX {
                left -= read;
            }
        }
    }

    async fn answers(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        batches: &AtomicUsize,
    ) -> io::Result<()> {
        let mut bytes = vec![0; 64 * 1024];
        let mut seen = 0;
        loop {
            let read = from.read(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            let asked = batches.load(Ordering::Acquire);
            if self.hold == Hold::Answer && asked > seen {
                seen = asked;
                self.stand().await?;
            }
            to.write_all(&bytes[..read]).await?;
        }
    }
}
