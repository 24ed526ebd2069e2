//! One token: what it allows, and what is kept of it.

use milepost_model::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};
use std::str::FromStr;

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// To send telemetry, and nothing else: it is in the configuration of many services.
    Telemetry,
    /// To tell of changes, and nothing else: pipelines hold it.
    Change,
    /// To read whatever the server shows.
    Read,
    /// To change what can be changed, to tell of changes, and to read.
    Write,
}

/// What is kept of a token. The secret itself is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Names it in lists, in logs and when it is revoked.
    pub id: String,
    /// What it allows.
    pub kind: TokenKind,
    /// When it was made.
    pub created: Timestamp,
    /// What people call it.
    pub name: String,
    pub(super) hash: [u8; 32],
}

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Bytes of an id.
const ID_BYTES: usize = 4;
/// More characters than any token has; what is longer is not even hashed.
const MAX_SECRET_CHARACTERS: usize = 128;

impl TokenKind {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Telemetry, Self::Change, Self::Read, Self::Write];

    /// Its name in commands, files and tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::Change => "change",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// Whether it allows what needs a token of kind `needed`.
    pub fn allows(self, needed: Self) -> bool {
        self == needed || self == Self::Write && needed != Self::Telemetry
    }
}

impl FromStr for TokenKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| format!("a token is of kind `telemetry`, `change`, `read` or `write`, not `{text}`"))
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Token {
    /// A token, and its secret.
    pub(super) fn generate(
        kind: TokenKind,
        name: &str,
        created: Timestamp,
    ) -> Result<(Self, String), getrandom::Error> {
        let (mut secret, mut id) = ([0; SECRET_BYTES], [0; ID_BYTES]);
        getrandom::fill(&mut secret)?;
        getrandom::fill(&mut id)?;
        let secret = format!("mp_{kind}_{}", hex(&secret));
        let hash = hash_of(&secret).expect("a secret is shorter than the most that is hashed");
        Ok((Self { id: hex(&id), kind, created, name: name.to_owned(), hash }, secret))
    }

    /// Reads the line that [`fmt::Display`] writes.
    pub(super) fn read(line: &str) -> Option<Self> {
        let mut words = line.splitn(5, ' ');
        let id = words.next().filter(|id| id.len() == 2 * ID_BYTES)?.to_owned();
        let kind = words.next()?.parse().ok()?;
        let hash = bytes_of(words.next()?)?;
        let created = words.next()?.parse().ok()?;
        Some(Self { id, kind, created, name: words.next()?.to_owned(), hash })
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {} {}", self.id, self.kind, hex(&self.hash), self.created, self.name)
    }
}

/// The hash of a secret; `None` for what can be none. 256 random bits need no slow hash.
pub(super) fn hash_of(secret: &str) -> Option<[u8; 32]> {
    (secret.len() <= MAX_SECRET_CHARACTERS).then(|| Sha256::digest(secret.as_bytes()).into())
}

/// Whether two hashes are the same, in a time that tells nothing of where they differ.
pub(super) fn is_same(one: &[u8; 32], other: &[u8; 32]) -> bool {
    let differences = one.iter().zip(other).fold(0, |found, (one, other)| found | (one ^ other));
    std::hint::black_box(differences) == 0
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written");
        text
    })
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = hex.as_bytes().try_into().ok()?;
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).ok()?;
    }
    Some(bytes)
}
