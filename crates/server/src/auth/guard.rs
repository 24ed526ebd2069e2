//! What a listener asks of those who connect.

use super::store::TokenStore;
use super::token::{Token, TokenKind};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use milepost_annotate::Trust;
use milepost_store::Directory;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Decides for one listener who may do what.
#[derive(Clone, Debug)]
pub struct Guard {
    tokens: Arc<TokenStore>,
    is_required: bool,
    trust: Trust,
}

/// Who sends a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// Somebody on this machine without a token.
    Local,
    /// The holder of the token with this id.
    Token(String),
}

/// Why a request may not do what it asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// It has no token.
    #[error("a token is needed: `Authorization: Bearer mp_...`; `milepost token create` makes one")]
    Missing,
    /// Its token is none, or none any more.
    #[error("this token is not known; it may have been revoked")]
    Unknown,
    /// It would change something, on behalf of somebody who has signed in, and no page of this server sends it.
    #[error("this has to be sent by a page of this server, or with a token of its own")]
    Elsewhere,
    /// Its token is for something else.
    #[error("this needs a token of kind `{needed}`, this one is of kind `{held}`")]
    Kind {
        /// What it allows.
        held: TokenKind,
        /// What would be needed.
        needed: TokenKind,
    },
}

/// Why a listener does not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{address}` {reason}, and there is no token of kind `{needed}`\nhelp: make one with: milepost token --data {} create {needed}{begin}{else_do}",
    data.display()
)]
pub struct Unguarded {
    address: SocketAddr,
    reason: &'static str,
    needed: TokenKind,
    data: PathBuf,
    /// The directory has to be begun for it.
    begin: &'static str,
    else_do: &'static str,
}

impl Guard {
    /// What a listener at `address` asks for: nothing on this machine, unless tokens are required; a token everywhere else.
    ///
    /// # Errors
    /// Tokens are asked for, and there is none that allows what needs a token of kind `needed`.
    pub fn new(
        tokens: Arc<TokenStore>,
        address: SocketAddr,
        requires_tokens: bool,
        needed: TokenKind,
    ) -> Result<Self, Unguarded> {
        let is_local = address.ip().to_canonical().is_loopback();
        let is_required = requires_tokens || !is_local;
        if is_required && !tokens.current().iter().any(|token| token.kind.allows(needed)) {
            let (reason, else_do) = if is_local {
                ("requires tokens", "")
            } else {
                ("can be reached from other machines", "\nhelp: or listen on 127.0.0.1, where no token is needed")
            };
            let data = tokens.directory().to_owned();
            let begin = if Directory::read_only(&data).is_ok() { "" } else { " --begin" };
            return Err(Unguarded { address, reason, needed, data, begin, else_do });
        }
        Ok(Self { tokens, is_required, trust: Trust::Internal })
    }

    /// The same for a listener whose senders are believed so far.
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// How far senders are believed.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// Who sends a request, if that may do what needs a token of kind `needed`.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, headers: &HeaderMap, needed: TokenKind) -> Result<Sender, Denied> {
        let token = match bearer(headers) {
            Some(secret) => self.tokens.verify(secret).ok_or(Denied::Unknown),
            None => Err(Denied::Missing),
        };
        match token {
            Ok(token) if token.kind.allows(needed) => Ok(Sender::Token(token.id)),
            _ if !self.is_required => Ok(Sender::Local),
            Ok(token) => Err(Denied::Kind { held: token.kind, needed }),
            Err(denied) => Err(denied),
        }
    }
}

impl Guard {
    /// The id of a token that allows what needs one of kind `needed`.
    pub(super) fn holder(&self, secret: &str, needed: TokenKind) -> Result<String, Denied> {
        let token = self.tokens.verify(secret).ok_or(Denied::Unknown)?;
        if token.kind.allows(needed) { Ok(token.id) } else { Err(Denied::Kind { held: token.kind, needed }) }
    }

    /// Whether everybody who connects needs a token.
    pub(super) fn is_required(&self) -> bool {
        self.is_required
    }

    /// The token with an id, while it is there.
    pub(super) fn token(&self, id: &str) -> Option<Token> {
        self.tokens.current().iter().find(|token| token.id == id).cloned()
    }

    /// Whether a token that was shown earlier is still there.
    pub(super) fn still_allows(&self, id: &str, needed: TokenKind) -> Result<Sender, Denied> {
        let tokens = self.tokens.current();
        let token = tokens.iter().find(|token| token.id == id).ok_or(Denied::Unknown)?;
        if !token.kind.allows(needed) {
            return Err(Denied::Kind { held: token.kind, needed });
        }
        Ok(Sender::Token(token.id.clone()))
    }
}

impl Sender {
    /// What tells senders apart: the id of the token, or nothing.
    pub fn id(&self) -> &str {
        match self {
            Self::Local => "",
            Self::Token(id) => id,
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}
