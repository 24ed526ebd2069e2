//! The file of tokens: made, listed, revoked by commands, and read again by a running server when it has changed.

use super::token::{Token, TokenKind, hash_of, is_same};
use milepost_model::Timestamp;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Most tokens in a file: each is compared with each request's.
const MAX_TOKENS: usize = 1_000;
/// Longest name of a token.
const MAX_NAME_CHARACTERS: usize = 100;
/// Its name in the data directory.
const FILE: &str = "tokens";

/// The tokens of a data directory.
#[derive(Debug)]
pub struct TokenStore {
    path: PathBuf,
    tokens: RwLock<Arc<Vec<Token>>>,
}

/// Why tokens cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The system does not let the file be read.
    #[error("cannot read tokens from `{}`", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// The system does not let the file be written.
    #[error("cannot write tokens to `{}`", .0.display())]
    Write(PathBuf, #[source] io::Error),
    /// A line that no command wrote.
    #[error("line {line} of `{}` is no token; remove the line, and make the token again", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
    /// Too many tokens.
    #[error("there are {MAX_TOKENS} tokens already; revoke some")]
    TooMany,
    /// A name that does not fit into a line.
    #[error("a token's name has 1 to {MAX_NAME_CHARACTERS} characters, all of them visible or spaces")]
    Name,
    /// No such token.
    #[error("there is no token `{0}`; `milepost token list` shows all")]
    Unknown(String),
}

impl TokenStore {
    /// Reads the tokens of a data directory; one without the file has none.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn open(directory: &Path) -> Result<Self, TokenError> {
        let path = directory.join(FILE);
        let tokens = RwLock::new(Arc::new(read(&path)?));
        Ok(Self { path, tokens })
    }

    /// The data directory whose tokens they are.
    pub fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Reads the file again; whether it had changed. A file that cannot be read changes nothing.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn reload(&self) -> Result<bool, TokenError> {
        let tokens = read(&self.path)?;
        let has_changed = tokens != *self.current();
        if has_changed {
            self.set(tokens);
        }
        Ok(has_changed)
    }

    /// All tokens, in the order in which they were made.
    pub fn list(&self) -> Vec<Token> {
        self.current().to_vec()
    }

    /// Makes a token, and returns its secret, which is shown once and kept nowhere.
    ///
    /// # Errors
    /// The name is none, there are too many, or the file cannot be written.
    pub fn create(&self, kind: TokenKind, name: &str, now: Timestamp) -> Result<(Token, String), TokenError> {
        let length = name.chars().count();
        if length == 0 || length > MAX_NAME_CHARACTERS || name.chars().any(char::is_control) {
            return Err(TokenError::Name);
        }
        let (token, secret) = Token::generate(kind, name, now).map_err(TokenError::Random)?;
        self.change(|tokens| {
            if tokens.len() >= MAX_TOKENS {
                return Err(TokenError::TooMany);
            }
            tokens.push(token.clone());
            Ok(())
        })?;
        Ok((token, secret))
    }

    /// Makes a token worthless.
    ///
    /// # Errors
    /// There is no such token, or the file cannot be written.
    pub fn revoke(&self, id: &str) -> Result<Token, TokenError> {
        self.change(|tokens| {
            let at = tokens.iter().position(|token| token.id == id);
            Ok(tokens.remove(at.ok_or_else(|| TokenError::Unknown(id.to_owned()))?))
        })
    }

    /// The token with this secret. All tokens are compared, each to its last byte.
    pub fn verify(&self, secret: &str) -> Option<Token> {
        let hash = hash_of(secret)?;
        let tokens = self.current();
        let same =
            tokens.iter().fold(None, |found, token| if is_same(&token.hash, &hash) { Some(token) } else { found });
        same.cloned()
    }

    /// Changes the file under its lock: what is in it now is read, changed, written beside it and put in its place.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<Token>) -> Result<T, TokenError>) -> Result<T, TokenError> {
        let cannot_write = |error| TokenError::Write(self.path.clone(), error);
        let lock = private().truncate(false).open(self.path.with_extension("lock")).map_err(cannot_write)?;
        lock.lock().map_err(cannot_write)?;
        let mut tokens = read(&self.path)?;
        let changed = change(&mut tokens)?;
        self.write(&tokens).map_err(cannot_write)?;
        self.set(tokens);
        Ok(changed)
    }

    fn write(&self, tokens: &[Token]) -> io::Result<()> {
        let next = self.path.with_extension("new");
        let mut file = private().truncate(true).open(&next)?;
        for token in tokens {
            writeln!(file, "{token}")?;
        }
        file.sync_all()?;
        fs::rename(&next, &self.path)?;
        File::open(self.directory())?.sync_all()
    }

    /// What people call the token of an id.
    pub(crate) fn name_of(&self, id: &str) -> Option<String> {
        self.current().iter().find(|token| token.id == id).map(|token| token.name.clone())
    }

    pub(super) fn current(&self) -> Arc<Vec<Token>> {
        Arc::clone(&self.tokens.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, tokens: Vec<Token>) {
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }
}

/// How files are made that only their owner may read.
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn read(path: &Path) -> Result<Vec<Token>, TokenError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        // Whoever needs the directory tells what is wrong with it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(TokenError::Read(path.to_owned(), error)),
    };
    let line = |(at, line)| Token::read(line).ok_or_else(|| TokenError::Line { path: path.to_owned(), line: at + 1 });
    text.lines().enumerate().map(line).collect()
}
