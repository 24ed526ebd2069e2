//! Counts of which a part is lost, since a file of the minute log is damaged, are never told as if they were whole.

use super::client::Client;
use super::spans;
use crate::world::{World, files};
use milepost_server::observe;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

/// A world in which something was counted five hours ago, and now; and the file of five hours ago.
fn world() -> (World, PathBuf) {
    let world = World::new();
    let server = world.start();
    world.send(&server, &spans(1..8, "POST /pay", 200, 5 * 3600)).unwrap();
    world.send(&server, &spans(10..13, "POST /pay", 200, 1)).unwrap();
    server.stop();
    let folder = world.data().join("minutes");
    let file = files(&folder).into_iter().find(|name| name.ends_with(".minutes")).expect("the oldest hour");
    let path = folder.join(file);
    (world, path)
}

fn flip(path: &PathBuf) {
    let mut bytes = fs::read(path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn valid(body: &Value) -> u64 {
    body["measured"].as_array().unwrap().iter().map(|row| row["valid"].as_u64().unwrap()).sum()
}

#[test]
fn an_answer_says_which_hours_of_it_are_lost() {
    let (world, path) = world();
    let server = world.start();
    assert_eq!(server.recovered.damage, Vec::<String>::new());
    let client = Client::new(&server);
    let paths = ["/products/shop/steps/pay?from=-6h", "/products/shop/steps?from=-6h", "/products/shop/slos/pay-works"];
    for path in paths {
        assert_eq!((client.get(path).header("x-incomplete"), &client.json(path)["incomplete"]), ("", &json!(null)));
    }
    flip(&path);
    let body = client.json(paths[0]);
    assert_eq!(valid(&body), 3, "{body}");
    let lost = &body["incomplete"][0];
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(lost["file"], format!("minutes/{name}"));
    let (from, to) = (lost["from"].as_str().unwrap(), lost["to"].as_str().unwrap());
    assert!(from.ends_with(":00:00Z") && from < to && lost["bytes"].as_u64().unwrap() > 0, "{lost}");
    for path in paths {
        assert_eq!(client.json(path)["incomplete"].as_array().unwrap().len(), 1, "{path}");
        assert_eq!(client.ask("GET", path, &[("accept", "text/csv")]).header("x-incomplete"), "true", "{path}");
    }
    // Of the last hour all is there.
    let now = client.json("/products/shop/steps/pay");
    assert_eq!((valid(&now), &now["incomplete"]), (3, &json!(null)));
    let health = client.json("/ingest");
    assert_eq!(health["incomplete_hours"], json!([lost]));
    assert!(health["warnings"][0].as_str().unwrap().contains("minute log"), "{health}");
    server.stop();
}

#[test]
fn what_is_damaged_at_the_start_is_told_there_and_in_answers_from_memory() {
    let (world, path) = world();
    flip(&path);
    let server = world.start();
    assert_eq!(server.recovered.damage.len(), 1, "{:?}", server.recovered.damage);
    assert!(server.recovered.damage[0].contains(&path.display().to_string()), "{:?}", server.recovered.damage);
    let client = Client::new(&server);
    assert_eq!(client.json("/products/shop/steps/pay?from=-6h")["incomplete"].as_array().unwrap().len(), 1);
    let metrics = Client { router: observe::metrics_router(Arc::clone(&server.shared)), ..client };
    let text = metrics.at("/metrics");
    let lost = text.text().lines().find_map(|line| line.strip_prefix("milepost_counts_lost_bytes ")).unwrap();
    assert!(lost.parse::<u64>().unwrap() > 0, "{lost}");
    server.stop();
}
