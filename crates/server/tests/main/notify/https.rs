//! An Alertmanager that speaks https: told when its certificate is believed, and otherwise said why not.

use crate::world::World;
use milepost_server::{Receivers, Server, Settings};
use milepost_testkit::{Receiver, tls};
use std::path::PathBuf;

/// Settings with an Alertmanager, and a file of authorities.
fn telling(settings: Settings, url: &str, ca_file: Option<PathBuf>) -> Settings {
    let receivers = Receivers { alertmanagers: vec![url.parse().expect("a URL")], ..Receivers::default() };
    Settings { receivers, ca_file, ..settings }
}

/// What is said of a receiver that cannot be told.
fn said(url: &str, ca_file: Option<&str>) -> String {
    let world = World::new();
    let server = world.start_with(|settings| telling(settings, url, ca_file.map(tls)));
    world.until("it is tried", || server.shared.health.notifying_error().is_some());
    let error = server.shared.health.notifying_error().expect("an error");
    server.stop();
    error
}

#[test]
fn one_with_a_certificate_of_a_known_authority_is_told() {
    let world = World::new();
    let receiver = Receiver::start_tls("server");
    for name in ["localhost", "127.0.0.1"] {
        let before = receiver.heard().len();
        let url = format!("https://{name}:{}/prefix/", receiver.address.port());
        let server = world.start_with(|settings| telling(settings, &url, Some(tls("authority"))));
        world.until("it hears", || receiver.heard().len() > before);
        let heard = receiver.heard().remove(before);
        assert_eq!(heard.path, "/prefix/api/v2/alerts");
        assert!(heard.body.contains("\"Watchdog\""), "{}", heard.body);
        server.stop();
    }
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_and_nothing_is_told() {
    for (certificate, ca_file, why) in [
        ("server", None, "its certificate is of an authority that is not known here; `--ca-file` names one more"),
        ("expired", Some("authority"), "its certificate has expired"),
        ("stranger", Some("authority"), "its certificate is not for `localhost`"),
    ] {
        let receiver = Receiver::start_tls(certificate);
        let url = format!("https://localhost:{}", receiver.address.port());
        assert_eq!(said(&url, ca_file), format!("{url}: {why}"));
        assert_eq!(receiver.heard(), []);
    }
    let plain = Receiver::start();
    let url = format!("https://localhost:{}", plain.address.port());
    assert_eq!(said(&url, None), format!("{url}: it does not speak https on this port"));
}

#[test]
fn what_is_wrong_stays_said_until_it_is_mended() {
    let world = World::new();
    let receiver = Receiver::start();
    receiver.answers(302, "Location: /elsewhere\r\n");
    let url = receiver.url("");
    let server = world.start_with(|settings| telling(settings, &url, None));
    world.until("it hears twice", || receiver.heard().len() == 2);
    let error = format!("{url}: it answered 302, and redirects are not followed");
    assert_eq!(server.shared.health.notifying_error(), Some(error));
    assert!(receiver.heard().iter().all(|heard| heard.path == "/api/v2/alerts"));
    receiver.answers(200, "");
    world.until("nothing is wrong", || server.shared.health.notifying_error().is_none());
    server.stop();
}

#[test]
fn a_file_of_authorities_that_has_none_stops_the_start() {
    let world = World::new();
    let start = |path: PathBuf| {
        let error = Server::start(telling(world.settings(), "https://localhost:1", Some(path)));
        error.expect_err("it does not start").to_string()
    };
    let empty = world.path("empty.pem");
    std::fs::write(&empty, "nothing").expect("a file");
    let told = format!("cannot read certificates from `{}`: it has no `-----BEGIN CERTIFICATE-----`", empty.display());
    assert_eq!(start(empty), told);
    let absent = start(world.path("absent.pem"));
    assert!(absent.starts_with("cannot read certificates from `") && absent.contains("No such file"), "{absent}");
}
