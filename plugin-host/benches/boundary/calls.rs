//! The ways to have a message sent, and how long many of them take.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use plugin_api::{EmailProvider, Message};
use plugin_host::ProviderInstance;
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::comparison::Row;
use crate::provider::{Noop, Work};
use crate::support::context;

/// As many as a host claims at once by default.
const BATCH: usize = 50;

#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// A boxed trait object, awaited where the caller is.
    InPlace,
    /// The same in a task of its own.
    Spawned,
    /// The same in a task on a runtime of its own, as every plugin has one.
    SpawnedElsewhere,
    /// Through the plugin.
    Plugin,
    /// Through the plugin, several at once.
    PluginBatch,
}

/// Who sends, and how many calls are under way.
#[derive(Clone, Copy)]
pub(crate) enum Senders {
    /// Tasks of the host's runtime, as in the engine.
    Tasks(u64),
    /// One thread that is none of the runtime's.
    Outside(u64),
}

/// What the calls work with: one provider within the program, and the same behind the boundary.
pub(crate) struct World {
    provider: Arc<dyn EmailProvider>,
    plugin: ProviderInstance,
    elsewhere: Runtime,
    message: Message,
}

impl World {
    pub(crate) fn new(
        work: Work,
        plugin: ProviderInstance,
        elsewhere: Runtime,
        message: Message,
    ) -> Self {
        let account = String::new;
        Self {
            provider: Arc::new(Noop { work, account }),
            plugin,
            elsewhere,
            message,
        }
    }

    /// Sends this many messages, one call after the other.
    async fn send(&self, call: Call, messages: u64) {
        let batch = vec![self.message.clone(); BATCH];
        let calls = match call {
            Call::PluginBatch => messages / BATCH as u64,
            _ => messages,
        };
        for _ in 0..calls {
            self.call(call, &batch).await;
        }
    }

    async fn call(&self, call: Call, batch: &[Message]) {
        let message = &self.message;
        match call {
            Call::InPlace => {
                black_box(self.provider.send(message, &context()).await).expect("accepted");
            }
            Call::Spawned => {
                let task = tokio::spawn(self.owned());
                black_box(task.await).expect("no panic");
            }
            Call::SpawnedElsewhere => {
                let task = self.elsewhere.spawn(self.owned());
                black_box(task.await).expect("no panic");
            }
            Call::Plugin => {
                black_box(self.plugin.send(message, &context()).await).expect("accepted");
            }
            Call::PluginBatch => {
                black_box(self.plugin.send_batch(batch, &context()).await);
            }
        }
    }

    fn owned(&self) -> impl Future<Output = plugin_api::Receipt> + Send + use<> {
        let (provider, message, context) = (self.provider.clone(), self.message.clone(), context());
        async move { provider.send(&message, &context).await.expect("accepted") }
    }
}

/// What sending took: as the clock shows it, and in the time of processors, all threads of the process together.
pub(crate) struct Taken {
    pub(crate) wall: Duration,
    pub(crate) processors: Duration,
}

/// Sends about this many messages; the figures are scaled to exactly as many.
pub(crate) fn time(host: &Runtime, row: &Row, senders: Senders, messages: u64) -> Taken {
    let (Senders::Tasks(count) | Senders::Outside(count)) = senders;
    let each = messages.div_ceil(count).next_multiple_of(BATCH as u64);
    let (began, processors) = (Instant::now(), processor_time());
    match senders {
        Senders::Tasks(_) => host.block_on(from_tasks(row, count, each)),
        Senders::Outside(_) => host.block_on(from_outside(row, count, each)),
    }
    let (wall, processors) = (began.elapsed(), processor_time() - processors);
    let scale = messages as f64 / (each * count) as f64;
    Taken {
        wall: wall.mul_f64(scale),
        processors: processors.mul_f64(scale),
    }
}

async fn from_tasks(row: &Row, count: u64, each: u64) {
    let mut senders = JoinSet::new();
    for _ in 0..count {
        let (world, call) = (row.world.clone(), row.call);
        senders.spawn(async move { world.send(call, each).await });
    }
    senders.join_all().await;
}

async fn from_outside(row: &Row, count: u64, each: u64) {
    let senders = (0..count).map(|_| row.world.send(row.call, each));
    let mut senders: FuturesUnordered<_> = senders.collect();
    while senders.next().await.is_some() {}
}

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}
