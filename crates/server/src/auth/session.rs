//! Who has signed in from a browser: for some hours, whoever has a cookie stands for the holder of a token.
//!
//! The cookie is a secret of its own, so that the token is nowhere in the browser; only its hash is kept, in memory, so that a restart ends all
//! sessions. A token that is revoked ends its own. What a cookie is sent with may come from anybody's page: scripts cannot read it, other sites' requests do
//! not carry it, and what could change something has to come from a page of this server.

use super::guard::{Denied, Guard, Sender};
use super::token::{Token, TokenKind, hash_of, hex, is_same};
use crate::clock::Clock;
use axum::http::header::{COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use milepost_model::{DurationNs, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The sessions of a listener.
#[derive(Debug)]
pub(crate) struct Sessions {
    guard: Guard,
    clock: Clock,
    open: Mutex<Vec<Session>>,
}

#[derive(Debug)]
struct Session {
    hash: [u8; 32],
    /// The id of the token.
    token: String,
    until: Timestamp,
}

/// Whom a browser stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Somebody on this machine, where no token is asked for.
    Local,
    /// Somebody who has to sign in.
    Stranger,
    /// Whoever has signed in with this token.
    Holder(Token),
}

impl Visitor {
    /// Whether it may change what the API lets change.
    pub(crate) fn may_write(&self) -> bool {
        match self {
            Self::Local => true,
            Self::Stranger => false,
            Self::Holder(token) => token.kind.allows(TokenKind::Write),
        }
    }
}

/// The name of the cookie.
const NAME: &str = "milepost_session";
/// A working day: who is on call signs in once.
const LASTS: DurationNs = DurationNs::from_seconds(12 * 3_600);
/// More than people who look at a product; the oldest go first.
const MAX_SESSIONS: usize = 1_000;
const SECRET_BYTES: usize = 32;
/// From where a browser sends a request, in its own words.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Sessions {
    pub(crate) fn new(guard: Guard, clock: Clock) -> Self {
        Self { guard, clock, open: Mutex::default() }
    }

    /// Begins a session of the holder of a token that may read; what the browser is to keep.
    ///
    /// # Errors
    /// The token does not allow it.
    pub(crate) fn begin(&self, token: &str, is_https: bool) -> Result<String, Denied> {
        let id = self.guard.holder(token, TokenKind::Read)?;
        let mut secret = [0; SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|_| Denied::Unknown)?;
        let secret = hex(&secret);
        let hash = hash_of(&secret).ok_or(Denied::Unknown)?;
        let until = self.clock.steady().plus(LASTS);
        let mut open = self.current();
        if open.len() >= MAX_SESSIONS {
            open.remove(0);
        }
        open.push(Session { hash, token: id, until });
        Ok(cookie(&secret, LASTS, is_https))
    }

    /// Ends the session that a request belongs to; what the browser is to keep.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(hash) = hash(headers) {
            self.current().retain(|session| !is_same(&session.hash, &hash));
        }
        cookie("", DurationNs::from_seconds(0), false)
    }

    /// Whom a browser stands for by its cookie.
    pub(crate) fn visitor(&self, headers: &HeaderMap) -> Visitor {
        let hash = hash(headers);
        let is_of = |session: &&Session| hash.as_ref().is_some_and(|hash| is_same(&session.hash, hash));
        let id = self.current().iter().find(is_of).map(|session| session.token.clone());
        match id.and_then(|id| self.guard.token(&id)) {
            Some(token) => Visitor::Holder(token),
            None if self.guard.is_required() => Visitor::Stranger,
            None => Visitor::Local,
        }
    }

    /// Who sends a request that needs a token of kind `needed`, by its token, or by its session.
    ///
    /// # Errors
    /// Neither allows it.
    pub(crate) fn check(&self, method: &Method, headers: &HeaderMap, needed: TokenKind) -> Result<Sender, Denied> {
        match self.guard.check(headers, needed) {
            Err(Denied::Missing) => {}
            decided => return decided,
        }
        let hash = hash(headers).ok_or(Denied::Missing)?;
        let token =
            self.current().iter().find(|session| is_same(&session.hash, &hash)).map(|session| session.token.clone());
        let token = token.ok_or(Denied::Missing)?;
        if !method.is_safe() && !is_from_here(headers) {
            return Err(Denied::Elsewhere);
        }
        self.guard.still_allows(&token, needed)
    }

    /// Those that have not ended.
    fn current(&self) -> MutexGuard<'_, Vec<Session>> {
        let now = self.clock.steady();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|session| session.until > now);
        open
    }
}

/// Whether a page of this server sends a request: browsers say so of every request that could change something.
pub(crate) fn is_from_here(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    // Pages cannot set it; proxies leave it as it is, while they may tell another host.
    if let Some(site) = text(FETCH_SITE) {
        return site == "same-origin";
    }
    match (text(ORIGIN), text(HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, from)| from.eq_ignore_ascii_case(host)),
        _ => false,
    }
}

fn hash(headers: &HeaderMap) -> Option<[u8; 32]> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == NAME).and_then(|(_, secret)| hash_of(secret))
}

fn cookie(secret: &str, lasts: DurationNs, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    let seconds = lasts.nanos() / 1_000_000_000;
    format!("{NAME}={secret}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}
