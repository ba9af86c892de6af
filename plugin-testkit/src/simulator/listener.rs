//! The listening socket, which can be switched off and on again like a machine.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::connection;
use super::exchange::Exchange;

/// A pause when the system cannot give another socket (out of file descriptors).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A running accept loop. Dropping it closes the port and every connection.
pub(super) struct Listening {
    task: JoinHandle<()>,
}

impl Listening {
    /// Serves connections from a bound socket.
    pub(super) fn start(socket: TcpListener, exchange: Arc<Exchange>) -> Self {
        Self {
            task: tokio::spawn(accept(socket, exchange)),
        }
    }

    /// Closes the port and every connection, in the middle of whatever they do, and returns when that has happened.
    pub(super) async fn stop(mut self) {
        self.task.abort();
        // The task was just aborted: its end is all there is to know.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Binds, which also works right after the same port was closed.
pub(super) async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn accept(socket: TcpListener, exchange: Arc<Exchange>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = socket.accept() => match accepted {
                Ok((stream, _)) => {
                    let id = exchange.ledger.count_connection();
                    // Answers are small and waited for; a refusal to set this only costs speed.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(connection::serve(stream, id, Arc::clone(&exchange)));
                }
                Err(error) => {
                    tracing::warn!(%error, "the simulator cannot accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
