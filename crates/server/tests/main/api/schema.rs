//! The OpenAPI document: as the repository has it, and as answers are.

use super::client::Client;
use crate::world::World;
use std::path::Path;

#[test]
fn the_document_is_as_committed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == milepost_server::api::openapi(), "run `cargo xtask generate`");
}

#[test]
fn every_path_of_the_document_is_answered() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let document = client.json("/openapi.json");
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 14);
    for path in paths.keys().filter(|path| !path.ends_with("/events")) {
        let path = path.replace("{product}", "shop").replace("{objective}", "buy").replace("{step}", "pay");
        let path = path.replace("{slo}", "pay-works");
        let body = client.json(path.strip_prefix("/api/v1").unwrap());
        assert!(body["as_of"].is_u64(), "{path}");
    }
    server.stop();
}
