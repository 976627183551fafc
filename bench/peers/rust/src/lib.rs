//! A lower bound for network filters with the Rust SDK for proxy-wasm: it reads every chunk of both directions, and
//! counts bytes and lines. It counts in its own memory, and tells the host once a connection. Built by ../build.mjs.

use proxy_wasm::hostcalls;
use proxy_wasm::traits::{Context, RootContext, StreamContext};
use proxy_wasm::types::{Action, ContextType, MetricType};

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::<Root>::default());
}}

/// The counters of one direction, by the host's numbers.
#[derive(Clone, Copy, Default)]
struct Metrics {
    bytes: u32,
    lines: u32,
}

impl Metrics {
    fn define(direction: &str) -> Option<Metrics> {
        let counter = |name: &str| {
            hostcalls::define_metric(MetricType::Counter, &format!("peer.rust.{}.{}", direction, name)).ok()
        };
        Some(Metrics { bytes: counter("bytes_total")?, lines: counter("lines_total")? })
    }

    fn add(self, counts: &Counts) {
        // Nothing is to be done about a host that refuses.
        let _ = hostcalls::increment_metric(self.bytes, counts.bytes);
        let _ = hostcalls::increment_metric(self.lines, counts.lines);
    }
}

#[derive(Default)]
struct Counts {
    bytes: i64,
    lines: i64,
}

impl Counts {
    fn add(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as i64;
        self.lines += chunk.iter().filter(|&&byte| byte == b'\n').count() as i64;
    }
}

#[derive(Default)]
struct Root {
    client: Metrics,
    server: Metrics,
}

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        match (Metrics::define("client"), Metrics::define("server")) {
            (Some(client), Some(server)) => {
                *self = Root { client, server };
                true
            }
            _ => false,
        }
    }

    fn create_stream_context(&self, _context: u32) -> Option<Box<dyn StreamContext>> {
        Some(Box::new(Connection {
            metrics: (self.client, self.server),
            client: Counts::default(),
            server: Counts::default(),
        }))
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::StreamContext)
    }
}

struct Connection {
    metrics: (Metrics, Metrics),
    client: Counts,
    server: Counts,
}

impl Context for Connection {}

impl StreamContext for Connection {
    fn on_downstream_data(&mut self, size: usize, _end_of_stream: bool) -> Action {
        if let Some(chunk) = self.get_downstream_data(0, size) {
            self.client.add(&chunk);
        }
        Action::Continue
    }

    fn on_upstream_data(&mut self, size: usize, _end_of_stream: bool) -> Action {
        if let Some(chunk) = self.get_upstream_data(0, size) {
            self.server.add(&chunk);
        }
        Action::Continue
    }

    fn on_log(&mut self) {
        let (client, server) = self.metrics;
        client.add(&self.client);
        server.add(&self.server);
    }
}
