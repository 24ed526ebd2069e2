//! A small HTTP server that notes what it is told, and answers what a test says: whoever is told of burns, in tests.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A server that ends when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// A request that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Of its first line.
    pub path: String,
    /// By name, in small letters.
    pub headers: BTreeMap<String, String>,
    /// As text.
    pub body: String,
    /// With what it was answered.
    pub status: u16,
}

#[derive(Debug)]
struct State {
    heard: Mutex<Vec<Heard>>,
    answer: Mutex<(u16, String)>,
    has_ended: AtomicBool,
}

impl Receiver {
    /// Starts one that speaks http.
    ///
    /// # Panics
    /// There is no port.
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// Starts one that speaks https with a certificate of the folder `tls`: `server`, `expired` or `stranger`.
    ///
    /// # Panics
    /// There is no port, or no such certificate.
    pub fn start_tls(certificate: &str) -> Self {
        let path = tls(certificate);
        let chain = CertificateDer::pem_file_iter(&path).expect("a certificate").map(|der| der.expect("PEM"));
        let key = PrivateKeyDer::from_pem_file(&path).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.expect("versions").with_no_client_auth();
        Self::listen(Some(Arc::new(builder.with_single_cert(chain.collect(), key).expect("they fit"))))
    }

    fn listen(tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let answer = Mutex::new((200, String::new()));
        let state = Arc::new(State { heard: Mutex::default(), answer, has_ended: AtomicBool::new(false) });
        let served = Arc::clone(&state);
        let thread = thread::spawn(move || {
            // One after another, so that what is heard has an order.
            for stream in listener.incoming().map_while(Result::ok) {
                if served.has_ended.load(SeqCst) {
                    return;
                }
                // Whoever breaks a connection off was not heard.
                let _ = served.serve(stream, tls.clone());
            }
        });
        Self { address, state, thread: Some(thread) }
    }

    /// Its URL with a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Says what is answered from now on: a status, and lines of headers that end with `\r\n`.
    pub fn answers(&self, status: u16, headers: &str) {
        *lock(&self.state.answer) = (status, headers.to_owned());
    }

    /// Everything that was heard.
    pub fn heard(&self) -> Vec<Heard> {
        lock(&self.state.heard).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.state.has_ended.store(true, SeqCst);
        // So that it looks whether it has ended.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A file of certificates for tests: `authority` signed the others.
pub fn tls(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tls").join(format!("{name}.pem"))
}

impl State {
    fn serve(&self, stream: TcpStream, tls: Option<Arc<ServerConfig>>) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        match tls {
            None => self.answer(stream),
            Some(tls) => {
                let connection = ServerConnection::new(tls).map_err(std::io::Error::other)?;
                let mut stream = StreamOwned::new(connection, stream);
                self.answer(&mut stream)?;
                stream.conn.send_close_notify();
                stream.flush()
            }
        }
    }

    fn answer(&self, stream: impl Read + Write) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    // As servers of http say to whoever speaks https to them.
                    return reader.get_mut().write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
                }
                Err(error) => return Err(error),
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(_) if line.trim().is_empty() => break,
                Ok(_) => lines.push(line.trim().to_owned()),
            }
        }
        let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
        let headers = lines[1..].iter().filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        let (status, more) = lock(&self.answer).clone();
        lock(&self.heard).push(Heard { path, headers, body, status });
        let stream = reader.get_mut();
        write!(stream, "HTTP/1.1 {status} Said\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n")?;
        stream.flush()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
