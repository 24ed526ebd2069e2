//! What holds for every route: names of requests, tags, formats, refusals.

use super::client::Client;
use super::spans;
use crate::lines::Lines;
use crate::world::World;
use axum::http::StatusCode;
use milepost_server::api::Limits;
use serde_json::json;
use std::time::Duration;

#[test]
fn what_cannot_be_answered_says_what_would_be_right() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    for (path, status, code, message) in [
        ("/products/shpo", 404, "unknown-product", "there is no product `shpo`: did you mean `shop`?"),
        ("/products/shop/steps/pey", 404, "unknown-step", "there is no step `pey`: did you mean `pay`?"),
        ("/products/shop/steps/pey/series", 404, "unknown-step", "there is no step `pey`: did you mean `pay`?"),
        ("/products/shop/objectives/x", 404, "unknown-objective", "there is no objective `x`: it can only be `buy`"),
        ("/products/shop/slos/pay-work", 404, "unknown-slo", "there is no SLO `pay-work`: did you mean `pay-works`?"),
        (
            "/nothing",
            404,
            "unknown-path",
            "there is nothing at `/api/v1/nothing`: /api/v1/openapi.json lists what there is",
        ),
        (
            "/products/shop/steps/p%FFay",
            404,
            "unknown-path",
            "there is nothing at `/api/v1/products/shop/steps/p%FFay`: /api/v1/openapi.json lists what there is",
        ),
        ("/products?limt=1", 400, "unknown-parameter", "`limt` is no parameter here: did you mean `limit`?"),
        ("/products?limit=0", 400, "bad-parameter", "`limit` cannot be `0`: it is a whole number from 1 to 1000"),
        ("/products?limit=1&limit=2", 400, "bad-parameter", "`limit` cannot be `2`: it is given twice; give it once"),
        ("/products?format=xml", 400, "bad-parameter", "`format` cannot be `xml`: it is `json` or `csv`"),
        (
            "/products?cursor=x",
            400,
            "bad-parameter",
            "`cursor` cannot be `x`: it is the `next_cursor` of the page before, as it was given",
        ),
        (
            "/products/shop/steps?from=-1h&to=-2h",
            400,
            "bad-parameter",
            "`from` cannot be `-1h`: the time ends before it begins; `from` must be before `to`",
        ),
        (
            "/products/shop/steps/pay/series?resolution=weeks",
            400,
            "bad-parameter",
            "`resolution` cannot be `weeks`: it is one of `minute`, `hour`, `day`",
        ),
        (
            // The nearest word means the opposite.
            "/products/shop/operations?difference=undeclared",
            400,
            "bad-parameter",
            "`difference` cannot be `undeclared`: it is one of `as-declared`, `never-seen`, `not-declared`",
        ),
        (
            "/products/shop/steps/pay/series?from=-8d",
            400,
            "bad-parameter",
            "`resolution` cannot be `minute`: the time has 11521 such parts, and at most 10000 are given; ask for a longer \
             resolution or a shorter time",
        ),
        ("/openapi.json?x=1", 400, "unknown-parameter", "`x` is no parameter here: there is none"),
    ] {
        assert_eq!(client.problem(path), (status, code.to_owned(), message.to_owned()), "{path}");
    }
    let refused = client.ask("POST", "/products", &[]);
    assert_eq!(
        (refused.status, refused.json()["code"].as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, Some("method-not-allowed"))
    );
    assert!(refused.header("allow").contains("GET"), "{:?}", refused.headers);
    server.stop();
}

#[test]
fn a_request_keeps_its_name_and_gets_one_when_it_has_none() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    assert_eq!(client.ask("GET", "/products", &[("x-request-id", "abc-1.2_Z")]).header("x-request-id"), "abc-1.2_Z");
    assert_eq!(client.ask("GET", "/nothing", &[("x-request-id", "abc")]).json()["request_id"], "abc");
    for hostile in ["a b", "", "<script>", &"x".repeat(129)] {
        let made = client.ask("GET", "/products", &[("x-request-id", hostile)]);
        let made = made.header("x-request-id");
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    }
    server.stop();
}

#[test]
fn what_is_known_already_is_not_sent_again() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    world.send(&server, &spans(1..3, "POST /pay", 200, 1)).unwrap();
    let path = "/products/shop/operations";
    let first = client.get(path);
    let tag = first.header("etag").to_owned();
    assert_eq!(first.header("cache-control"), "no-cache");
    let again = client.ask("GET", path, &[("if-none-match", &format!("\"other\", W/{tag}"))]);
    assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, tag.as_str()));
    // Another query, another form, another state of the counts, another version of the registry.
    assert_ne!(client.get("/products/shop/operations?limit=1").header("etag"), tag);
    assert_ne!(client.get("/products/shop/operations?format=csv").header("etag"), tag);
    world.send(&server, &spans(3..4, "POST /pay", 200, 1)).unwrap();
    let counted = client.ask("GET", path, &[("if-none-match", &tag)]);
    assert_eq!(counted.status, StatusCode::OK);
    let activated_at = server.shared.registry().activated_at;
    world.write_registry(&World::registry_text().replace("A shop.", "Another shop."));
    world.until("the edit is active", || server.shared.registry().activated_at != activated_at);
    assert_eq!(client.ask("GET", path, &[("if-none-match", counted.header("etag"))]).status, StatusCode::OK);
    assert_eq!(client.get("/ingest").header("cache-control"), "no-store");
    server.stop();
}

#[test]
fn head_is_get_without_a_body() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let get = client.get("/products");
    let head = client.ask("HEAD", "/products", &[]);
    assert_eq!((head.status, head.header("etag"), head.body.len()), (StatusCode::OK, get.header("etag"), 0));
    server.stop();
}

#[test]
fn too_much_at_once_is_refused_with_a_hint() {
    let world = World::new();
    let server = world.start();
    let limits = Limits { concurrent: 0, wait: Duration::from_millis(1), subscribers: 0 };
    let client = Client::with_limits(&server, limits);
    for (path, code, seconds) in [("/products", "busy", "1"), ("/events", "too-many-followers", "30")] {
        let refused = client.get(path);
        assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, seconds));
        assert_eq!(refused.json()["code"], code);
    }
    server.stop();
}

#[test]
fn a_request_is_told_by_its_template_and_never_by_what_was_asked_for() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let lines = Lines::begin();
    client.ask("GET", "/products/shop/steps/pay?from=-5h", &[("x-request-id", "one")]);
    client.get("/products/shop/steps/planted?from=-5h");
    client.get("/planted");
    client.get("/products?planted=1");
    let told = lines.told();
    let routes: Vec<_> =
        told.iter().map(|line| (line["route"].as_str().unwrap(), line["status"].as_u64().unwrap())).collect();
    let step = "/api/v1/products/{product}/steps/{step}";
    assert_eq!(routes, [(step, 200), (step, 404), ("none", 404), ("/api/v1/products", 400)]);
    assert_eq!((&told[0]["request_id"], &told[0]["level"]), (&json!("one"), &json!("DEBUG")));
    assert!(told[0]["sent_bytes"].as_u64().unwrap() > 100, "{}", told[0]);
    assert!(!lines.text().contains("planted") && !lines.text().contains("-5h"), "{}", lines.text());
    server.stop();
}
