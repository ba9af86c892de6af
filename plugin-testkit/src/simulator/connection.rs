//! One TCP connection, with a hand on the socket: requests are counted as their first bytes arrive, and the connection can
//! be reset before or after they are read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::exchange::Exchange;
use super::link::Link;

/// Serves a connection until either side ends it.
pub(super) async fn serve(stream: TcpStream, id: u64, exchange: Arc<Exchange>) {
    let link = Arc::new(Link::new(id));
    let socket = Socket {
        stream,
        link: Arc::clone(&link),
        exchange: Arc::clone(&exchange),
    };
    let answer = service_fn(move |request| {
        let (exchange, link) = (Arc::clone(&exchange), Arc::clone(&link));
        async move {
            let answer = exchange.answer(&link, request).await;
            link.answered();
            answer
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(socket), answer)
        .await;
    if let Err(error) = served {
        tracing::debug!(connection = id, %error, "simulator connection ended");
    }
}

struct Socket {
    stream: TcpStream,
    link: Arc<Link>,
    exchange: Arc<Exchange>,
}

impl Socket {
    /// Looks at the first bytes of the next request without taking them.
    fn poll_arrival(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; 1024];
        let mut beginning = ReadBuf::new(&mut bytes);
        let seen = ready!(self.stream.poll_peek(cx, &mut beginning))?;
        if seen > 0 {
            self.link.begun();
            if let Some(path) = path_of_request_line(beginning.filled()) {
                self.arrive(&path)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    fn arrive(&self, path: &str) -> io::Result<()> {
        let Some(arrival) = self.exchange.arrive(path) else {
            return Ok(());
        };
        self.link.put_arrival(arrival.request);
        if arrival.reset {
            self.link.end_with_reset();
            return Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "a fault rule resets this connection",
            ));
        }
        Ok(())
    }
}

/// The path of `METHOD path HTTP/1.1`, if that line is complete.
fn path_of_request_line(beginning: &[u8]) -> Option<String> {
    let end = beginning.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&beginning[..end]).ok()?;
    let target = line.split(' ').nth(1)?;
    let path = target.split('?').next()?;
    Some(path.to_owned())
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.link.is_between_requests() {
            ready!(self.poll_arrival(cx))?;
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.link.ends_with_reset() {
            // A shutdown would send a FIN ahead of the RST.
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.link.ends_with_reset() {
            // Without lingering the kernel throws away what is unsent and answers with RST.
            if let Err(error) = self.stream.set_zero_linger() {
                tracing::warn!(connection = self.link.id, %error, "the connection cannot be reset and is closed instead");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::path_of_request_line;

    #[test]
    fn the_path_is_read_from_a_complete_request_line_only() {
        assert_eq!(
            path_of_request_line(b"POST /email?x=1 HTTP/1.1\r\nHost").as_deref(),
            Some("/email")
        );
        assert_eq!(path_of_request_line(b"POST /email HTT"), None);
        assert_eq!(path_of_request_line(b"\r\n"), None);
        assert_eq!(path_of_request_line(b"\xff\xfe \xfd\n"), None);
    }
}
