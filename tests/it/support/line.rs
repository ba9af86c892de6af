//! The other end of the hostile plugin's line: it says what happens to it, and lets go of what it blocks when the line is cut.

use std::io::{BufRead, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use super::PATIENCE;

pub(crate) struct Line {
    listener: TcpListener,
}

/// A plugin that has called.
pub(crate) struct Caller {
    stream: TcpStream,
    said: Receiver<String>,
}

impl Line {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        Self { listener }
    }

    pub(crate) fn address(&self) -> String {
        let address = self.listener.local_addr();
        address.expect("a bound socket has one").to_string()
    }

    /// The next plugin instance that calls.
    pub(crate) fn answer(&self) -> Caller {
        let (stream, _) = self.listener.accept().expect("a caller");
        let (say, said) = channel();
        let lines = BufReader::new(stream.try_clone().expect("a socket can be cloned")).lines();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        Caller { stream, said }
    }
}

impl Caller {
    /// The next thing said.
    pub(crate) fn hear(&self) -> String {
        let heard = self.said.recv_timeout(PATIENCE);
        heard.expect("the plugin says something or hangs up in time")
    }

    /// Waits for a word, over whatever else is said.
    pub(crate) fn hear_out(&self, word: &str) {
        while self.hear() != word {}
    }

    /// Whether everything has been said and the plugin has hung up.
    pub(crate) fn has_hung_up(&self) -> bool {
        let heard = self.said.recv_timeout(PATIENCE);
        heard == Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
    }

    /// Lets go of every thread that the plugin blocks.
    pub(crate) fn hang_up(&self) {
        let _ = self.stream.shutdown(Shutdown::Write);
    }
}
