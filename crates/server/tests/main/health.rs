//! Whether `/live` and `/ready` tell the truth about threads that are stuck: nobody waits for five seconds here, the clock passes them.

use crate::api::client::Client;
use crate::world::{Span, World};
use axum::http::StatusCode;
use milepost_model::DurationNs;
use milepost_server::{Clock, Server, Settings, observe};
use std::sync::Arc;

/// Asks both until they say the same of threads: what is wrong with the server, in words.
fn reasons(client: &Client) -> Vec<String> {
    let told = ["/live", "/ready"].map(|path| {
        let answer = client.at(path);
        let reasons = answer.json()["reasons"].as_array().cloned().unwrap_or_default();
        let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(answer.status, status, "{path}: {reasons:?}");
        reasons.iter().map(|reason| reason.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    });
    let [live, ready] = told;
    if live == ready { live } else { vec!["they do not agree yet".to_owned()] }
}

/// A server under a clock of its own, and whoever asks how it is.
fn started(world: &World, clock: &Clock) -> (Server, Client) {
    let server = world.start_with(|settings| Settings { clock: clock.clone(), ..settings });
    let client = Client::new(&server);
    let client = Client { router: observe::health_router(Arc::clone(&server.shared)), ..client };
    (server, client)
}

fn silent(thread: &str) -> String {
    format!("nothing was heard of the thread `{thread}` for too long")
}

/// As long as silence may last, and a second.
const TOO_LONG: DurationNs = DurationNs::from_seconds(5);

#[test]
fn a_commit_thread_that_is_stuck_is_told_within_five_seconds_and_so_is_that_it_goes_on() {
    let (world, clock) = (World::new(), Clock::default());
    let (server, client) = started(&world, &clock);
    world.send(&server, &[Span { id: 1, route: "POST /pay", status: 200, seconds_ago: 1 }]).unwrap();
    world.until("all threads go on", || reasons(&client).is_empty());
    let stuck = server.shared.counts();
    clock.pass(TOO_LONG);
    // Those that judge read what it counts, and wait with it. All others say that they go on, since they do.
    let waits = ["committer", "evaluate", "severity"];
    world.until("the one that is stuck is told", || {
        let told = reasons(&client);
        told.contains(&silent("committer"))
            && told.iter().all(|told| waits.iter().any(|thread| *told == silent(thread)))
    });
    drop(stuck);
    world.until("it goes on", || reasons(&client).is_empty());
    server.stop();
}

#[test]
fn a_watch_of_the_registry_that_is_stuck_is_told() {
    let (world, clock) = (World::new(), Clock::default());
    let (server, client) = started(&world, &clock);
    world.until("it was looked at", || server.shared.registry().looked_at.is_some());
    let stuck = server.shared.registry();
    // It may have said right before that it reads the folder, which may take longer.
    clock.pass(DurationNs::from_seconds(121));
    world.until("only it is told", || reasons(&client) == [silent("registry")]);
    drop(stuck);
    world.until("it goes on", || reasons(&client).is_empty());
    server.stop();
}
