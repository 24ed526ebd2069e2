//! The pages on the port of the API: what browsers are told with them, and signing in where tokens are asked for.

use super::process::{Process, send};
use crate::run::{Folder, example, milepost};

#[test]
fn pages_come_from_this_server_alone_and_anybody_may_have_them() {
    let folder = Folder::new("pages");
    let data = folder.path().join("data");
    let path = data.to_str().expect("a plain path");
    for kind in ["read", "telemetry"] {
        let made = milepost(["token", "--data", path, "create", kind, "--name", kind, "--begin"]);
        assert!(made.status.success());
    }
    let server = Process::start(&example("mail"), &data, &["--require-tokens"]);
    for path in ["/", "/products/mail/steps/send-mail", "/registry", "/ingest"] {
        let page = send(server.api, ("GET", path), &[], b"").expect("an answer");
        let head = page.head.to_lowercase();
        assert!(head.contains("content-security-policy: default-src 'none'; script-src 'self'"), "{path}: {head}");
        assert!(head.contains("x-content-type-options: nosniff") && head.contains("text/html"), "{path}: {head}");
        assert!(!page.body.contains("<script>") && !page.body.contains("style="), "{path}: {}", page.body);
    }
    // What is no page is told as before, to programs.
    let nothing = send(server.api, ("GET", "/prodcuts"), &[], b"").expect("an answer");
    assert!(nothing.status == 404 && nothing.body.contains("unknown-path"), "{}", nothing.body);
    let asset = send(server.api, ("GET", "/assets/gone.js"), &[], b"").expect("an answer");
    assert!(asset.status == 404 && asset.body.contains("load the page again"), "{}", asset.body);
    assert!(server.stop());
}

#[test]
fn a_browser_signs_in_with_a_token_and_only_pages_of_this_server_use_the_session() {
    let folder = Folder::new("sign-in");
    let data = folder.path().join("data");
    let path = data.to_str().expect("a plain path");
    let made = |kind: &str| {
        let output = milepost(["token", "--data", path, "create", kind, "--name", kind, "--begin"]);
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    };
    let (reader, sender) = (made("read"), made("telemetry"));
    let server = Process::start(&example("mail"), &data, &["--require-tokens"]);
    let origin = "http://test".to_owned();
    let sign_in = |secret: &str, origin: &str| {
        let body = format!("{{\"token\": \"{secret}\"}}");
        send(server.api, ("POST", "/session"), &[("Origin", origin)], body.as_bytes()).expect("an answer")
    };
    assert_eq!(sign_in(&reader, "http://elsewhere.example").status, 403);
    assert_eq!((sign_in(&sender, &origin).status, sign_in("mp_read_none", &origin).status), (403, 401));
    let signed_in = sign_in(&reader, &origin);
    assert_eq!(signed_in.status, 204, "{}", signed_in.body);
    let line = signed_in.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: ")).expect("a cookie");
    let cookie = &line["set-cookie: ".len()..];
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(&reader), "{cookie}");
    let cookie = cookie.split(';').next().expect("its value");

    let who = |headers: &[(&str, &str)]| send(server.api, ("GET", "/session"), headers, b"").expect("an answer").body;
    let stranger = who(&[]);
    assert!(stranger.contains("\"must_sign_in\":true") && stranger.contains("\"may_write\":false"), "{stranger}");
    let holder = who(&[("Cookie", cookie)]);
    assert!(holder.contains("\"is_signed_in\":true") && holder.contains("\"kind\":\"read\""), "{holder}");
    assert!(holder.contains("\"may_write\":false") && !holder.contains(&reader), "{holder}");

    let asked = |method: &str, headers: &[(&str, &str)]| {
        send(server.api, (method, "/api/v1/products"), headers, b"").expect("an answer").status
    };
    assert_eq!((asked("GET", &[("Cookie", cookie)]), asked("GET", &[("Cookie", "milepost_session=00")])), (200, 401));
    // What could change something has to come from here, and from somebody who may.
    assert_eq!(asked("POST", &[("Cookie", cookie), ("Origin", "http://elsewhere.example")]), 403);
    assert_eq!(asked("POST", &[("Cookie", cookie), ("Origin", &origin), ("Sec-Fetch-Site", "cross-site")]), 403);
    assert_eq!(asked("POST", &[("Cookie", cookie), ("Origin", &origin)]), 403);

    let headers = [("Cookie", cookie), ("Origin", &*origin)];
    let ended = send(server.api, ("DELETE", "/session"), &headers, b"").expect("an answer");
    assert_eq!((ended.status, asked("GET", &[("Cookie", cookie)])), (204, 401));
    assert!(server.stop());
}
