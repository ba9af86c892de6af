//! A line to the test: it hears of everything that happens here, and what blocks here ends when it hangs up.

use std::fmt;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;

use plugin_api::CreateError;

/// The line, or none: then nobody hears, and nothing blocks.
pub(crate) struct Signal(Option<TcpStream>);

impl Signal {
    pub(crate) fn open(address: Option<&str>) -> Result<Self, CreateError> {
        let stream = address.map(TcpStream::connect).transpose();
        stream
            .map(Self)
            .map_err(|error| CreateError::setting("signal", error))
    }

    /// Says one line; a test that has gone does not hear it.
    pub(crate) fn tell(&self, line: fmt::Arguments<'_>) {
        if let Some(mut stream) = self.0.as_ref() {
            let _ = stream.write_all(format!("{line}\n").as_bytes());
        }
    }

    /// Says a line when what is returned is dropped, in whatever way.
    pub(crate) fn tell_at_end<'a>(&'a self, line: &'a str) -> impl Drop + use<'a> {
        AtEnd(self, line)
    }

    /// Blocks the thread until the test hangs up.
    pub(crate) fn block(&self) {
        if let Some(mut stream) = self.0.as_ref() {
            self.tell(format_args!("blocked"));
            let _ = stream.read(&mut [0]);
        }
    }

    /// Burns the processor until the test hangs up.
    pub(crate) fn spin(&self) {
        let Some(stream) = self.0.as_ref() else {
            return;
        };
        let own = stream.try_clone().expect("a socket can be cloned");
        own.set_nonblocking(true).expect("a socket can be so set");
        let mut own = &own;
        while matches!(own.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock) {
            std::hint::spin_loop();
        }
    }
}

struct AtEnd<'a>(&'a Signal, &'a str);

impl Drop for AtEnd<'_> {
    fn drop(&mut self) {
        self.0.tell(format_args!("{}", self.1));
    }
}
