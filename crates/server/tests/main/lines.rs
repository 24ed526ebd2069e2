//! The server's log, as JSON, of what happens on this thread.

use serde_json::Value;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Lines that are written while this is there.
pub(crate) struct Lines {
    written: Written,
    _until_dropped: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no writer failed").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    pub(crate) fn begin() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = fmt()
            .json()
            .flatten_event(true)
            .with_env_filter("milepost=debug")
            .with_writer(move || writer.clone())
            .finish();
        Self { written, _until_dropped: subscriber.set_default() }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.written.0.lock().expect("no writer failed").clone()).expect("UTF-8")
    }

    /// The lines that tell of requests.
    pub(crate) fn told(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines.filter(|line| line["message"] == "a request").collect()
    }
}
