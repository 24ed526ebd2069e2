//! Access logs over HTTP.

use super::client::{GZIP, ZSTD, post, send};
use super::server::{Options, Server};
use super::telemetry::{gzip, zstd};
use crate::tail::lines;
use crate::world::World;
use milepost_server::receive::{Answer, Protocol};
use serde_json::json;

const PATH: &str = "/v1/access-logs?service=edge";
const LINES: &str = "10.0.0.1 - - [02/Mar/2026:14:00:00 +0000] \"GET /search HTTP/1.1\" 200 12 \"-\" \"curl/8\"\n\
    no line at all\n";

#[tokio::test]
async fn lines_are_accepted_in_every_compression_and_counted_once() {
    let server = Server::start().await;
    let mut expected = json!({"accepted": 1, "rejected": {"not-in-format": 1}, "repeated": false});
    for (headers, body) in
        [(&[][..], LINES.into()), (&[GZIP], gzip(LINES.as_bytes())), (&[ZSTD], zstd(LINES.as_bytes()))]
    {
        let answered = post(server.http, PATH, headers, body).await;
        assert_eq!(answered.status, 200, "{answered:?}");
        let receipt = answered.json();
        if expected["repeated"] == false {
            expected["rejected"] = receipt["rejected"].clone();
        }
        assert_eq!(receipt, expected);
        expected["repeated"] = json!(true);
    }
    assert_eq!(expected["rejected"].as_object().unwrap().values().collect::<Vec<_>>(), [1]);
    assert_eq!(server.count(Protocol::AccessLog, Answer::Repeated), 2);
}

#[tokio::test]
async fn a_compressed_file_is_known_by_its_bytes_without_a_header() {
    let server = Server::start().await;
    for (is_repeated, body) in [(false, gzip(LINES.as_bytes())), (true, zstd(LINES.as_bytes()))] {
        let receipt = post(server.http, PATH, &[], body).await.json();
        assert_eq!((&receipt["accepted"], &receipt["repeated"]), (&json!(1), &json!(is_repeated)), "{receipt}");
    }
    // The bounds are those of a request that says how it is compressed.
    let bomb = post(server.http, PATH, &[], zstd(&vec![b'\n'; 32 << 20])).await;
    assert_eq!(bomb.status, 413, "{bomb:?}");
}

#[tokio::test]
async fn a_named_request_counts_once() {
    let server = Server::start().await;
    let is_repeated = async |path, key| {
        let answered = post(server.http, path, &[("idempotency-key", key)], format!("{LINES}{key}\n")).await;
        answered.json()["repeated"] == true
    };
    assert!(!is_repeated(PATH, "one").await);
    assert!(is_repeated(PATH, "one").await);
    assert!(!is_repeated(PATH, "two").await);
    assert!(!is_repeated("/v1/access-logs?service=other", "one").await);
}

#[test]
fn a_name_that_is_used_again_for_another_body_is_refused_and_counts_nothing() {
    let world = World::new();
    let (first, other) = (lines(0..3), lines(10..15));
    for start in 0..2 {
        let real = world.start();
        let options = Options { intake: Some(real.intake.clone()), ..Options::default() };
        let (ports, _) = world.runtime.block_on(Server::with(options));
        let send = |key: &str, body: &str| {
            let headers = [("idempotency-key", key)];
            world.runtime.block_on(post(ports.http, PATH, &headers, body.to_owned()))
        };
        // After a start as before it.
        let answered = send("one", &first);
        assert_eq!((answered.status, answered.json()["accepted"].as_u64()), (200, Some(3)), "{answered:?}");
        assert_eq!(answered.json()["repeated"], start > 0);
        let refused = send("one", &other);
        assert_eq!((refused.status, refused.header("retry-after")), (422, ""));
        let message = refused.json()["message"].to_string();
        assert!(message.contains("used before, for another body"), "{message}");
        let repeated = send("one", &first);
        assert_eq!((repeated.status, &repeated.json()["repeated"]), (200, &json!(true)));
        assert_eq!(ports.count(Protocol::AccessLog, Answer::OtherContent), 1);
        let ledger = real.shared.ledger().clone();
        assert_eq!((ledger.counted, ledger.repeated_requests), (3 - 3 * start, 1 + start));
        world.runtime.block_on(ports.stop());
        real.stop();
    }
}

#[tokio::test]
async fn a_request_that_does_not_say_enough_is_told_what_is_missing() {
    let server = Server::start().await;
    for (path, key, told) in [
        ("/v1/access-logs?service=a&service=b", "k", "say whose log it is: `/v1/access-logs?service=NAME`"),
        ("/v1/access-logs?service=Not%20a%20name", "k", "`service` names none"),
        (PATH, "", "`Idempotency-Key` has 1 to 256 visible characters"),
        (PATH, &"k".repeat(257), "`Idempotency-Key` has 1 to 256 visible characters"),
    ] {
        let answered = post(server.http, path, &[("idempotency-key", key)], LINES).await;
        assert_eq!(answered.status, 400, "{path}");
        let message = answered.json()["message"].as_str().unwrap().to_owned();
        assert!(message.starts_with(told), "{message}");
    }
    assert_eq!(send(server.http, "PUT", PATH, &[], LINES).await.status, 405);
}
