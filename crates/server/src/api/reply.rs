//! How an answer is sent: as JSON or CSV, once, and not at all to who has it already.

use super::csv::Table;
use super::problem::Problem;
use super::routes::Route;
use axum::body::Body;
use axum::extract::Query;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::Response;
use milepost_registry::did_you_mean;
use milepost_store::Lsn;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// What a request asks for, beside its path.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The parameters, all of which are known.
    pub(super) query: Vec<(String, String)>,
    /// Whether it is to be CSV.
    pub(super) is_csv: bool,
    /// The tags of answers that its sender has.
    known: Option<String>,
}

/// An answer, as bytes.
#[derive(Debug)]
pub(super) struct Reply {
    as_of: Lsn,
    /// Whether nothing of what it counts is lost.
    is_whole: bool,
    bytes: Vec<u8>,
}

/// The LSN of the answer: a table has no other place for it.
const AS_OF: HeaderName = HeaderName::from_static("x-as-of");
/// The same of what is lost.
const INCOMPLETE: HeaderName = HeaderName::from_static("x-incomplete");

impl Wanted {
    pub(super) fn new(route: &Route, uri: &Uri, headers: &HeaderMap) -> Result<Self, Problem> {
        let query = query(uri)?;
        check(&query, &route.parameter_names())?;
        let format = query.iter().find(|(name, _)| name == "format").map(|(_, value)| value.as_str());
        let is_csv = match format {
            Some("csv") => true,
            Some("json") => false,
            Some(other) => return Err(Problem::bad("format", other, "it is `json` or `csv`")),
            None => prefers_csv(headers),
        };
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { query, is_csv, known })
    }

    /// Of what is done: its answer is JSON, and nobody has it.
    pub(super) fn json() -> Self {
        Self { query: Vec::new(), is_csv: false, known: None }
    }
}

/// The parameters of a request.
pub(super) fn query(uri: &Uri) -> Result<Vec<(String, String)>, Problem> {
    Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(query)| query).map_err(|_| Problem::BadQuery)
}

/// Refuses parameters that are not known, and those that are given twice: what was meant would be a guess.
pub(super) fn check(query: &[(String, String)], known: &[&'static str]) -> Result<(), Problem> {
    for (at, (name, value)) in query.iter().enumerate() {
        let Some(known) = known.iter().find(|known| *known == name) else {
            let hint = if known.is_empty() { "there is none".to_owned() } else { did_you_mean(name, known) };
            return Err(Problem::UnknownParameter { name: name.chars().take(100).collect(), hint });
        };
        if query[..at].iter().any(|(before, _)| before == name) {
            return Err(Problem::bad(known, value, "it is given twice; give it once"));
        }
    }
    Ok(())
}

/// Whether CSV is asked for and JSON is not; browsers and most programs say nothing of either.
fn prefers_csv(headers: &HeaderMap) -> bool {
    let accepts = |wanted: &str| {
        let lines = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        lines
            .flat_map(|line| line.split(','))
            .any(|part| part.split(';').next().is_some_and(|kind| kind.trim() == wanted))
    };
    accepts("text/csv") && !accepts("application/json")
}

impl Reply {
    pub(super) fn new(
        wanted: &Wanted,
        (as_of, is_whole): (Lsn, bool),
        body: &impl Serialize,
        table: Table,
    ) -> Result<Self, Problem> {
        let bytes = match wanted.is_csv {
            true => serde_json::to_value(body).map(|body| table.write(&body).into_bytes()),
            false => serde_json::to_vec(body),
        };
        Ok(Self { as_of, is_whole, bytes: bytes.map_err(|error| Problem::internal(&error))? })
    }

    /// `is_of_now` where it is never the same again, so that nobody need keep it.
    pub(super) fn response(self, wanted: &Wanted, is_of_now: bool) -> Response {
        let kind = if wanted.is_csv { "text/csv; charset=utf-8; header=present" } else { "application/json" };
        // The bytes say the version of the registry, the LSN, the time and the query that they answer; so does their hash.
        let hash = Sha256::new().chain_update(self.as_of.0.to_le_bytes()).chain_update(&self.bytes).finalize();
        let tag = hash.iter().take(12).fold("\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}")) + "\"";
        let has_it = wanted.known.as_ref().is_some_and(|known| matches(known, &tag));
        let response = Response::builder()
            .header(CONTENT_TYPE, kind)
            .header(ETAG, &tag)
            .header(AS_OF, self.as_of.0)
            .header(VARY, "accept")
            // Whoever keeps it asks first whether it still holds.
            .header(CACHE_CONTROL, if is_of_now { "no-store" } else { "no-cache" });
        let response = if self.is_whole { response } else { response.header(INCOMPLETE, "true") };
        let response = match has_it {
            true => response.status(StatusCode::NOT_MODIFIED).body(Body::empty()),
            false => response.body(Body::from(self.bytes)),
        };
        response.expect("headers made of plain text")
    }
}

fn matches(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}
