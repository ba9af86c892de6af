//! A fresh host in front of a fresh service, for one turn: nobody's store has grown in an earlier one.

use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::feed::Feed;
use crate::load::Load;
use crate::processors;
use crate::programs::Program;
use crate::table::Turn;

pub(crate) struct Stage {
    folder: TempDir,
    pub(crate) simulator: Program,
    pub(crate) host: Program,
}

impl Stage {
    pub(crate) fn new(latency: Duration, connections: usize) -> Self {
        let folder = folder();
        let simulator = Program::simulator(folder.path(), latency);
        let host = Program::host(folder.path(), &simulator, connections);
        Self {
            folder,
            simulator,
            host,
        }
    }

    /// The host's store.
    pub(crate) fn store(&self) -> std::path::PathBuf {
        self.folder.path().join("host.db")
    }

    /// Has messages sent before anything is measured.
    pub(crate) async fn warm_up(&self, messages: usize) {
        let mut feed = Feed::of(self.host.base()).await;
        let load = Load {
            messages,
            connections: 8,
            per_request: 1,
            is_for_later: false,
        };
        load.offer(self.host.base()).await;
        feed.wait_for_sent(messages).await;
    }

    /// What it takes until everything is accepted.
    pub(crate) async fn accept(&self, load: Load) -> Turn {
        let before = self.used();
        let wall = load.offer(self.host.base()).await;
        self.turn(wall, before)
    }

    /// What it takes until everything is sent, and known to be.
    pub(crate) async fn send(&self, load: Load) -> Turn {
        let mut feed = Feed::of(self.host.base()).await;
        let (before, began) = (self.used(), Instant::now());
        load.offer(self.host.base()).await;
        feed.wait_for_sent(load.messages).await;
        self.turn(began.elapsed(), before)
    }

    /// Time of processors so far: here, in the host, in the service.
    pub(crate) fn used(&self) -> [Duration; 3] {
        [
            processors::used_here(),
            self.host.processor_time(),
            self.simulator.processor_time(),
        ]
    }

    pub(crate) fn turn(&self, wall: Duration, before: [Duration; 3]) -> Turn {
        let [here, host, service] = self.used();
        Turn {
            wall,
            client: here - before[0],
            host: host - before[1],
            service: service - before[2],
        }
    }
}

/// On the disk of the build, as every store here.
pub(crate) fn folder() -> TempDir {
    let build = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tempfile::tempdir_in(build).expect("the target directory is writable")
}
