//! Requests as the server's log tells them: each has a name, and one line when it is answered.
//!
//! A line says what was asked for by the route's template, never by the path, the query or the body, which may hold what is nobody's business;
//! tokens stand in headers, which are not looked at. [`layer`] lies around every port.

mod body;
mod id;
mod line;

pub(crate) use id::RequestId;
pub(crate) use line::AnsweredAs;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use body::Counted;
use line::Line;

/// Names the requests of a router, gives each answer the name of its request, and writes a line of each into the log.
pub(crate) fn layer<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    router.layer(middleware::from_fn(told))
}

async fn told(mut request: Request, next: Next) -> Response {
    // A router within one that is told already.
    if request.extensions().get::<RequestId>().is_some() {
        return next.run(request).await;
    }
    let id = RequestId::of(request.headers());
    request.extensions_mut().insert(id.clone());
    let (body, received) = Counted::body(std::mem::take(request.body_mut()));
    *request.body_mut() = body;
    let line = Line::new(&request, id.clone(), received);
    let mut response = next.run(request).await;
    id.name(&mut response);
    line.answered(&response);
    response
}
