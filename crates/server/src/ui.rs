//! The pages for people: files that were built into the binary, served beside the API that they ask.
//!
//! Pages hold no data, so that whoever reaches the port may have them; what they show is asked for, and guarded, at the API. One page stands for all
//! places: its script reads the address. What it may load is this server and nothing else.

mod files;
mod sign_in;

pub(crate) use sign_in::refusal;

use crate::auth::Sessions;
use crate::request::RequestId;
use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use files::File;
use std::sync::Arc;

/// Where pages are; the script knows what each shows.
const PLACES: [&str; 5] = ["/", "/products", "/products/{*place}", "/registry", "/ingest"];
/// Nothing from elsewhere, nothing that stands in the page itself, nobody around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
/// The name of such a file changes with what it holds.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A new server may have a new page.
const ASK_AGAIN: &str = "no-cache";

/// What a server without pages says in their place.
const WITHOUT: &str = "<!doctype html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"><title>Milepost without pages</title></head>
<body>
<h1>This server was built without its pages</h1>
<p>It counts and answers all the same: the API is below <a href=\"/api/v1/products\">/api/v1</a>, and <code>milepost status --watch</code> shows
each step in a terminal.</p>
<p>To build the pages, then the server with them, in a checkout with Node 20 or later:</p>
<pre>cargo xtask ui
cargo build --release</pre>
</body>
</html>
";

/// The pages and their files, and signing in.
pub(crate) fn router(sessions: Arc<Sessions>) -> Router {
    let mut router = Router::new();
    for place in PLACES {
        router = router.route(place, get(page));
    }
    router.route("/favicon.svg", get(icon)).route("/assets/{*name}", get(asset)).merge(sign_in::router(sessions))
}

async fn page(headers: HeaderMap) -> Response {
    match File::find("index.html") {
        Some(file) => answer(file, ASK_AGAIN, &headers),
        None => guarded((StatusCode::NOT_FOUND, [(CONTENT_TYPE, files::HTML)], WITHOUT).into_response()),
    }
}

async fn icon(id: RequestId, headers: HeaderMap) -> Response {
    found("favicon.svg", ASK_AGAIN, &id, &headers)
}

async fn asset(id: RequestId, Path(name): Path<String>, headers: HeaderMap) -> Response {
    found(&format!("assets/{name}"), FOR_EVER, &id, &headers)
}

fn found(path: &str, caching: &'static str, id: &RequestId, headers: &HeaderMap) -> Response {
    if let Some(file) = File::find(path) {
        return answer(file, caching, headers);
    }
    // Most likely a page that was loaded before the server was replaced.
    let message = "there is no such file: load the page again";
    let body = axum::Json(serde_json::json!({ "code": "unknown-path", "message": message, "request_id": id.0 }));
    guarded((StatusCode::NOT_FOUND, body).into_response())
}

fn answer(file: &'static File, caching: &'static str, headers: &HeaderMap) -> Response {
    let mut response = if takes_gzip(headers) {
        ([(CONTENT_ENCODING, "gzip")], Body::from(file.packed)).into_response()
    } else {
        match file.plain() {
            Ok(bytes) => Body::from(bytes).into_response(),
            Err(error) => {
                tracing::error!(file = file.path, %error, "a file of the pages is damaged");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    guarded(response)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, quality) = coding.split_once(';').unwrap_or((coding, ""));
        matches!(name.trim(), "gzip" | "*") && !matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// What browsers must know of every answer here.
fn guarded(mut response: Response) -> Response {
    const ALWAYS: [(HeaderName, &str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in ALWAYS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(accepted: &'static str) -> bool {
        takes_gzip(&HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]))
    }

    #[test]
    fn compressed_files_go_to_whoever_takes_them() {
        assert!(takes("gzip, deflate, br"));
        assert!(takes("br;q=1.0, gzip;q=0.8"));
        assert!(takes("*"));
        assert!(!takes("gzip;q=0"));
        assert!(!takes("identity"));
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
