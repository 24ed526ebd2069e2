//! Files that are followed: each line counts once, through rotation, truncation and restarts.

use crate::world::World;
use milepost_model::{Name, Timestamp};
use milepost_server::{Followed, Server};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Lines of requests of now, each of another address.
pub(crate) fn lines(addresses: std::ops::Range<u32>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let now = Timestamp::from_seconds(i64::try_from(now).expect("before 2262")).to_string();
    let (date, time) = now.split_once([' ', 'T']).expect("a date and a time");
    let mut date = date.split('-');
    let (year, month, day) = (date.next().unwrap(), date.next().unwrap(), date.next().unwrap());
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months[month.parse::<usize>().unwrap() - 1];
    let line = |at: u32| {
        let address = format!("10.{}.{}.{}", at >> 16, at >> 8 & 255, at & 255);
        format!(
            "{address} - - [{day}/{month}/{year}:{} +0000] \"GET /things HTTP/1.1\" 200 7 \"-\" \"Mozilla/5.0\"\n",
            &time[..8]
        )
    };
    addresses.map(line).collect()
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn follow(world: &World, path: &Path) -> Server {
    let followed = Followed { service: Name::new("edge").unwrap(), path: path.to_owned() };
    world.start_with(|settings| milepost_server::Settings { followed: vec![followed], ..settings })
}

fn counted(server: &Server) -> u64 {
    let ledger = server.shared.ledger();
    assert_eq!(ledger.duplicates, 0);
    ledger.counted
}

fn log(world: &World) -> PathBuf {
    world.path("access.log")
}

#[test]
fn lines_count_once_through_rotation_and_truncation() {
    let (world, mut all) = (World::new(), 0);
    let path = log(&world);
    let server = follow(&world, &path);
    let mut expect = |text: &str, more: u64| {
        append(&path, text);
        all += more;
        world.until("the lines are counted", || counted(&server) >= all);
        assert_eq!(counted(&server), all);
    };
    expect(&lines(0..20), 20);
    // The end of a line that is not written yet waits for its rest.
    let (begun, rest) = (lines(20..21), lines(21..22));
    expect(&format!("{rest}{}", &begun[..30]), 1);
    expect(&begun[30..], 1);
    // Put away, with a last line that comes after, and another begun.
    let put_away = world.path("access.log.1");
    fs::rename(&path, &put_away).unwrap();
    append(&put_away, &lines(22..25));
    expect(&lines(25..30), 8);
    // Copied and truncated: the same file has other lines at the same place.
    OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    expect(&lines(30..31), 1);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(0).unwrap();
    // As long as what was there.
    expect(&lines(31..32), 1);
    expect("no line at all\n", 0);
    expect(&lines(32..33), 1);
    let ledger = server.shared.ledger().clone();
    assert_eq!((ledger.received, ledger.rejected.values().sum::<u64>()), (all + 1, 1));
    server.stop();
}

#[test]
fn a_restart_goes_on_at_the_right_byte_also_when_only_the_log_knows_it() {
    let world = World::new();
    let path = log(&world);
    append(&path, &lines(0..10));
    let server = follow(&world, &path);
    world.until("the lines are counted", || counted(&server) == 10);
    server.stop();
    for round in 1..4u32 {
        append(&path, &lines(10 * round..10 * round + 5));
        // A crash before the next checkpoint.
        let checkpoints = world.data().join("checkpoints");
        for file in crate::world::files(&checkpoints) {
            fs::remove_file(checkpoints.join(file)).unwrap();
        }
        let server = follow(&world, &path);
        world.until("the new lines are counted", || counted(&server) == 5);
        server.stop();
    }
    let server = world.start();
    let unannotated = |key: &str| key.starts_with("unannotated|");
    let counts = server.shared.counts();
    let of = counts.totals().filter(|(series, _)| counts.series.key(*series).is_some_and(unannotated));
    assert_eq!(of.map(|(_, cell)| cell[0]).sum::<u64>(), 25);
    drop(counts);
    server.stop();
}

#[test]
fn a_file_that_is_not_there_yet_is_followed_once_it_is() {
    let world = World::new();
    let path = log(&world);
    let server = follow(&world, &path);
    append(&path, &lines(0..3));
    world.until("the lines are counted", || counted(&server) == 3);
    server.stop();
}

#[test]
fn what_was_written_before_the_file_was_put_away_counts_though_nobody_followed_it() {
    let world = World::new();
    let path = log(&world);
    append(&path, &lines(0..10));
    let server = follow(&world, &path);
    world.until("the lines are counted", || counted(&server) == 10);
    server.stop();
    append(&path, &lines(10..14));
    fs::rename(&path, world.path("access.log.1")).unwrap();
    append(&path, &lines(20..23));
    let server = follow(&world, &path);
    world.until("the lines of both are counted", || counted(&server) == 7);
    append(&path, &lines(23..24));
    world.until("the file is followed", || counted(&server) == 8);
    server.stop();
    // Read to its end, it has nothing more to say. One that is gone is told of, and the next is read from its beginning.
    fs::rename(&path, world.path("access.log.1")).unwrap();
    fs::remove_file(world.path("access.log.1")).unwrap();
    append(&path, &lines(30..35));
    let server = follow(&world, &path);
    world.until("the new lines are counted", || counted(&server) == 5);
    server.stop();
}
