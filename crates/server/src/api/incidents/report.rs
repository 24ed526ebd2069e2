//! `/products/{product}/incidents/{incident}/report`: an incident as a page of Markdown, for whoever writes down what was learnt.

use super::super::Api;
use super::super::ask::Ask;
use super::super::problem::Problem;
use super::super::reply::{self, Wanted};
use super::{policy, wanted, words};
use crate::request::RequestId;
use axum::extract::{RawPathParams, State};
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// Where it is.
pub(in super::super) const REPORT: &str = "/products/{product}/incidents/{incident}/report";

pub(in super::super) async fn report(State(api): State<Api>, id: RequestId, path: RawPathParams, uri: Uri) -> Response {
    if let Err(problem) = reply::query(&uri).and_then(|query| reply::check(&query, &[])) {
        return problem.response(&id);
    }
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match text(&api, path) {
        Ok(text) => {
            ([(CONTENT_TYPE, "text/markdown; charset=utf-8"), (CACHE_CONTROL, "no-cache")], text).into_response()
        }
        Err(problem) => problem.response(&id),
    }
}

fn text(api: &Api, path: Vec<(String, String)>) -> Result<String, Problem> {
    let nothing = Wanted::default();
    let ask = Ask::new(&api.shared, &api.index, path, &nothing);
    let product = ask.product()?;
    let incidents = ask.shared.incidents.of(product.name.as_str());
    let incident = wanted(&ask, &incidents)?;
    let policy = policy(&ask, product);
    Ok(words(&ask, product, &policy).report(incident, ask.now))
}
