//! Who may send, and what is kept of it.

use super::client::{PROTOBUF, TRACES, call, post};
use super::server::{Options, Server};
use super::telemetry::{span, traces};
use milepost_model::Timestamp;
use milepost_server::auth::{Guard, TokenKind, TokenStore};
use milepost_server::receive::{Answer, Protocol};
use milepost_store::Directory;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use tempfile::TempDir;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_772_460_000)
}

#[tokio::test]
async fn only_the_holder_of_a_telemetry_token_may_send() {
    let tokens = vec![TokenKind::Telemetry, TokenKind::Write];
    let (server, secrets) = Server::with(Options { tokens, ..Options::default() }).await;
    let bearer = |secret: &str| format!("Bearer {secret}");
    let [telemetry, write] = [bearer(&secrets[0]), bearer(&secrets[1])];
    let other = if telemetry.ends_with('0') { '1' } else { '0' };
    let changed = format!("{}{other}", &telemetry[..telemetry.len() - 1]);
    let body = traces(vec![span(1)]);
    for (authorization, status, code) in [
        (Some(&*telemetry), 200, 0),
        (Some(&*telemetry.replace("Bearer", "bearer")), 200, 0),
        (Some(&*write), 403, 7),
        (Some(&*changed), 401, 16),
        (Some("Basic YTpi"), 401, 16),
        (Some("Bearer"), 401, 16),
        (Some(&*format!("Bearer {}", "x".repeat(1_000))), 401, 16),
        (None, 401, 16),
    ] {
        let mut headers = authorization.map(|value| ("authorization", value)).into_iter().collect::<Vec<_>>();
        assert_eq!(call(server.grpc, TRACES, &headers, &body).await.code(), code, "{authorization:?}");
        headers.push(PROTOBUF);
        let answered = post(server.http, "/v1/traces", &headers, body.clone()).await;
        assert_eq!(answered.status, status, "{authorization:?}");
        assert_eq!(answered.header("www-authenticate"), if status == 200 { "" } else { "Bearer" });
        let logs = post(server.http, "/v1/access-logs?service=edge", &headers, "").await;
        assert_eq!(logs.status, status, "{authorization:?}");
    }
    assert_eq!(server.count(Protocol::Grpc, Answer::Denied), 6);
}

#[tokio::test]
async fn a_token_that_is_revoked_elsewhere_is_worthless_once_tokens_are_read_again() {
    let tokens = vec![TokenKind::Telemetry];
    let (server, secrets) = Server::with(Options { tokens, ..Options::default() }).await;
    let authorization = format!("Bearer {}", secrets[0]);
    let headers = [("authorization", &*authorization)];
    assert_eq!(call(server.grpc, TRACES, &headers, &[]).await.code(), 0);
    assert!(!server.tokens.reload().unwrap());
    let command = TokenStore::open(server.folder()).unwrap();
    command.revoke(&command.list()[0].id).unwrap();
    assert!(server.tokens.reload().unwrap());
    assert_eq!(call(server.grpc, TRACES, &headers, &[]).await.code(), 16);
}

#[test]
fn secrets_are_shown_once_and_kept_nowhere() {
    let folder = TempDir::new().unwrap();
    let store = TokenStore::open(folder.path()).unwrap();
    let (first, secret) = store.create(TokenKind::Read, "Grafana in Berlin", now()).unwrap();
    let (second, other) = store.create(TokenKind::Write, "CI", now()).unwrap();
    assert!(secret.starts_with("mp_read_") && other.starts_with("mp_write_"));
    assert_eq!(secret.len(), "mp_read_".len() + 64);
    let file = folder.path().join("tokens");
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&secret[8..]));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let again = TokenStore::open(folder.path()).unwrap();
    assert_eq!(again.list(), [first.clone(), second.clone()]);
    assert_eq!(again.verify(&secret), Some(first.clone()));
    assert_eq!(again.revoke(&first.id).unwrap(), first);
    assert_eq!((again.verify(&secret), again.verify(&other)), (None, Some(second)));
    let unknown = again.revoke(&first.id).unwrap_err().to_string();
    assert_eq!(unknown, format!("there is no token `{}`; `milepost token list` shows all", first.id));
    for name in ["", "two\nlines", &"x".repeat(101)] {
        assert!(again.create(TokenKind::Read, name, now()).is_err(), "{name:?}");
    }
}

#[test]
fn a_file_of_tokens_that_cannot_be_read_leaves_those_that_were() {
    let folder = TempDir::new().unwrap();
    let store = TokenStore::open(folder.path()).unwrap();
    let (token, secret) = store.create(TokenKind::Read, "one", now()).unwrap();
    let file = folder.path().join("tokens");
    for text in [format!("{token}\nno token"), format!("{token}\n{}", token.to_string().replace("read", "root"))] {
        fs::write(&file, text).unwrap();
        let message = store.reload().unwrap_err().to_string();
        assert!(message.starts_with("line 2 of `") && message.contains("is no token"), "{message}");
        assert_eq!(store.verify(&secret), Some(token.clone()));
        assert!(TokenStore::open(folder.path()).is_err());
    }
}

#[test]
fn stores_that_change_the_file_at_once_lose_nothing() {
    let folder = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let store = TokenStore::open(folder.path()).unwrap();
            scope.spawn(move || {
                for at in 0..5 {
                    store.create(TokenKind::Read, &format!("{thread}-{at}"), now()).unwrap();
                }
            });
        }
    });
    assert_eq!(TokenStore::open(folder.path()).unwrap().list().len(), 20);
}

#[test]
fn a_listener_that_others_reach_starts_only_with_tokens() {
    let folder = TempDir::new().unwrap();
    let tokens = Arc::new(TokenStore::open(folder.path()).unwrap());
    let guard = |address: &str, required, needed| {
        let guard = Guard::new(Arc::clone(&tokens), address.parse().unwrap(), required, needed);
        guard.map(|_| ()).map_err(|unguarded| unguarded.to_string())
    };
    for local in ["127.0.0.1:4317", "[::1]:4317", "[::ffff:127.0.0.1]:4317"] {
        assert_eq!(guard(local, false, TokenKind::Telemetry), Ok(()));
    }
    let data = folder.path().display();
    let everywhere = format!(
        "`0.0.0.0:4317` can be reached from other machines, and there is no token of kind `telemetry`\n\
         help: make one with: milepost token --data {data} create telemetry --begin\n\
         help: or listen on 127.0.0.1, where no token is needed"
    );
    assert_eq!(guard("0.0.0.0:4317", false, TokenKind::Telemetry), Err(everywhere));
    drop(Directory::open(folder.path()).unwrap());
    let required = format!(
        "`127.0.0.1:8420` requires tokens, and there is no token of kind `read`\n\
         help: make one with: milepost token --data {data} create read"
    );
    assert_eq!(guard("127.0.0.1:8420", true, TokenKind::Read), Err(required));
    // Who may write may read, but may send no telemetry.
    tokens.create(TokenKind::Write, "CI", now()).unwrap();
    assert_eq!(guard("[::]:8420", false, TokenKind::Read), Ok(()));
    assert!(guard("[::]:4317", false, TokenKind::Telemetry).is_err());
}
