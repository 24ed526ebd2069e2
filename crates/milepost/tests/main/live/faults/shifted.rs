//! What stands between the product and its server: events are as late or early as the server's clock was set, so that both live at one time.

use super::super::process::post;
use milepost_model::DurationNs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

/// How far the server's clock is ahead, for telemetry on its way.
#[derive(Clone, Debug)]
pub(super) struct Shifted {
    /// Where the product sends it.
    pub(super) address: SocketAddr,
    ahead_nanos: Arc<AtomicU64>,
}

impl Shifted {
    /// Passes on to a server what comes as OTLP/JSON, until this process ends.
    pub(super) fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shifted = Self { address, ahead_nanos: Arc::default() };
        let ahead = Arc::clone(&shifted.ahead_nanos);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let ahead = Arc::clone(&ahead);
                // Whoever breaks off sends it again.
                thread::spawn(move || pass_on(stream, server, &ahead));
            }
        });
        shifted
    }

    /// The server's clock was set forward.
    pub(super) fn pass(&self, time: DurationNs) {
        self.ahead_nanos.fetch_add(time.nanos(), Relaxed);
    }
}

fn pass_on(stream: TcpStream, server: SocketAddr, ahead: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_ascii_lowercase());
    }
    let path = head.first()?.split(' ').nth(1)?.to_owned();
    let body = match head.iter().find_map(|line| line.strip_prefix("content-length: ")) {
        Some(length) => read(&mut reader, length.parse().ok()?)?,
        None => read_chunks(&mut reader)?,
    };
    let body = shift(&String::from_utf8(body).ok()?, ahead.load(Relaxed));
    let (status, answer) = post(server, &path, "application/json", body.as_bytes())?;
    let length = answer.len();
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    let stream = reader.get_mut();
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(answer.as_bytes()).ok()
}

fn read(reader: &mut BufReader<TcpStream>, length: usize) -> Option<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

/// A body whose length is not said before it is sent.
fn read_chunks(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        body.extend(read(reader, length)?);
        // Each ends with a line break.
        read(reader, 2)?;
        if length == 0 {
            return Some(body);
        }
    }
}

/// All times of a request so much later.
fn shift(body: &str, nanos: u64) -> String {
    const TIME: &str = "UnixNano\":\"";
    let mut parts = body.split(TIME);
    let mut shifted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (time, rest) = part.split_once('"').expect("a time is a text");
        let time: u64 = time.parse().expect("a number");
        shifted += &format!("{TIME}{}\"{rest}", time + nanos);
    }
    shifted
}

#[test]
fn all_times_are_shifted_and_nothing_else_is() {
    let body = r#"{"startTimeUnixNano":"5","name":"5","endTimeUnixNano":"17"}"#;
    assert_eq!(shift(body, 3), r#"{"startTimeUnixNano":"8","name":"5","endTimeUnixNano":"20"}"#);
}
