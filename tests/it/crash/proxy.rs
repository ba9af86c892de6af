//! A line between host and service that breaks in the middle of the first batch, at a given byte.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// In which direction the line breaks, and after how many bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cut {
    Request(usize),
    Answer(usize),
}

/// A line that is open.
pub(super) struct Line {
    cut: Cut,
    /// The first batch has come by; connections that come later are good.
    spent: AtomicBool,
    /// It broke.
    pub(super) broke: AtomicBool,
}

/// Opens a line to the service. It breaks once, under the first batch, if that or its answer is long enough.
pub(super) async fn open(service: SocketAddr, cut: Cut) -> (SocketAddr, Arc<Line>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    let line = Arc::new(Line {
        cut,
        spent: AtomicBool::new(false),
        broke: AtomicBool::new(false),
    });
    let serving = Arc::clone(&line);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let line = Arc::clone(&serving);
            // It ends with its connection, in whichever way that ends.
            tokio::spawn(async move { line.carry(client, service).await });
        }
    });
    (address, line)
}

impl Line {
    async fn carry(&self, client: TcpStream, service: SocketAddr) -> io::Result<()> {
        let server = TcpStream::connect(service).await?;
        client.set_zero_linger()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // Bytes of the answer that may still pass.
        let allowed = AtomicUsize::new(usize::MAX);
        tokio::select! {
            ended = self.requests(from_client, to_server, &allowed) => ended,
            ended = self.answers(from_server, to_client, &allowed) => ended,
        }
    }

    async fn requests(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        allowed: &AtomicUsize,
    ) -> io::Result<()> {
        let mut left = usize::MAX;
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut bytes).await?;
            let is_first = bytes[..read].starts_with(b"POST /email")
                && !self.spent.swap(true, Ordering::AcqRel);
            match self.cut {
                Cut::Request(length) if is_first => left = length,
                Cut::Answer(length) if is_first => allowed.store(length, Ordering::Release),
                _ => {}
            }
            to.write_all(&bytes[..read.min(left)]).await?;
            if read == 0 || read > left {
                self.broke.fetch_or(read > left, Ordering::AcqRel);
                return Ok(());
            }
            left = left.saturating_sub(read);
        }
    }

    async fn answers(
        &self,
        mut from: OwnedReadHalf,
        mut to: OwnedWriteHalf,
        allowed: &AtomicUsize,
    ) -> io::Result<()> {
        let mut bytes = vec![0; 64 * 1024];
        loop {
            let read = from.read(&mut bytes).await?;
            let left = allowed.load(Ordering::Acquire);
            to.write_all(&bytes[..read.min(left)]).await?;
            if read == 0 || read > left {
                self.broke.fetch_or(read > left, Ordering::AcqRel);
                return Ok(());
            }
            if left != usize::MAX {
                allowed.store(left - read, Ordering::Release);
            }
        }
    }
}
