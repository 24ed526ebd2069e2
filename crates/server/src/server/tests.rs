//! A thread that ends while the server goes on: whoever asks is told, at once and for good.

use super::{Server, Threads};
use crate::observe;
use crate::settings::Settings;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use std::path::Path;
use std::sync::Arc;
use tower::ServiceExt as _;

const REGISTRY: &str = "
apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: someone}
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: buy}
spec: {title: Buy, description: Someone buys a thing., owner: someone, steps: [pay]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: someone, operations: [POST /pay]}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: pay}
spec: {title: Pay, description: Things are paid., start: A click., success: A receipt., measure: [web POST /pay]}
";

fn settings(folder: &Path) -> Settings {
    Settings::alone(folder.join("registry"), folder.join("data"))
}

/// What a path says: its status, and its words.
fn asked(server: &Server, path: &str) -> (StatusCode, String) {
    let router = observe::health_router(Arc::clone(&server.shared));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let answer = router.oneshot(Request::builder().uri(path).body(Body::empty()).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, String::from_utf8_lossy(&body).into_owned())
    })
}

#[test]
fn a_thread_that_ends_early_is_told_by_live_and_ready_and_those_that_end_with_the_server_are_not() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("registry")).unwrap();
    std::fs::write(folder.path().join("registry/shop.yaml"), REGISTRY).unwrap();
    let server = Server::start(settings(folder.path())).unwrap();
    for path in ["/live", "/ready"] {
        assert_eq!(asked(&server, path).0, StatusCode::OK);
    }
    let mut threads = Threads { shared: Arc::clone(&server.shared), handles: Vec::new() };
    let (close, closed) = flume::bounded::<()>(0);
    threads.spawn("waits", move |_| _ = closed.recv()).unwrap();
    threads.spawn("panics", |_| panic!("as a mistake would")).unwrap();
    drop(close);
    for handle in std::mem::take(&mut threads.handles) {
        // One of them panics.
        let _ = handle.join();
    }
    for path in ["/live", "/ready"] {
        let (status, said) = asked(&server, path);
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        for thread in ["waits", "panics"] {
            assert!(said.contains(&format!("the thread `{thread}` has ended")), "{path}: {said}");
        }
    }
    assert!(!server.shared.is_ready());
    let shared = Arc::clone(&server.shared);
    server.stop();
    let mut ended = shared.health.ended_threads();
    ended.sort();
    assert_eq!(ended, ["panics", "waits"]);
}
