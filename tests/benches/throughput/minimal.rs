//! The least a durable service can do: one handler that looks at nothing, one thread that writes, groups of whatever waits.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use rusqlite::Connection;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::bare::{Manner, Record};

type Waiting = oneshot::Sender<()>;

/// It listens until it is dropped. Every request writes the next message of a record, whatever it says.
pub(crate) struct Minimal {
    base: String,
    runtime: Option<Runtime>,
}

impl Minimal {
    pub(crate) fn start(record: Arc<Record>, folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (jobs, queue) = channel();
        let connection = record.create(&folder.join("minimal.db"), Manner::groups_of(1));
        std::thread::spawn(move || write(&record, &connection, &queue));
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.expect("threads can be started");
        runtime.spawn(serve(listener, jobs));
        Self {
            base: format!("http://{address}"),
            runtime: Some(runtime),
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }
}

impl Drop for Minimal {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: TcpListener, jobs: Sender<Waiting>) {
    let handler = move |_message: Bytes| {
        let jobs = jobs.clone();
        async move {
            let (tell, told) = oneshot::channel();
            jobs.send(tell).expect("the writer lives");
            told.await.expect("it is written");
            "{}"
        }
    };
    listener.set_nonblocking(true).expect("a socket can wait");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket that listens");
    let router = Router::new().route("/email", post(handler));
    axum::serve(listener, router).await.expect("it goes on");
}

fn write(record: &Record, connection: &Connection, queue: &Receiver<Waiting>) {
    let mut written = 0;
    while let Ok(first) = queue.recv() {
        let mut group = vec![first];
        group.extend(queue.try_iter());
        let next = written + group.len();
        record.commit(connection, written..next, Manner::groups_of(1));
        written = next;
        for waiting in group {
            // Whoever asked may have gone.
            let _ = waiting.send(());
        }
    }
}
