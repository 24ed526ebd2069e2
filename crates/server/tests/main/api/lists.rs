//! Lists: by page, as CSV, what is declared against what is seen, and many of them.

use super::client::Client;
use super::spans;
use crate::world::{Span, World};
use milepost_server::Payload;
use serde_json::{Value, json};
use std::fmt::Write as _;

#[test]
fn pages_together_are_the_list() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    let first = client.json("/products/shop/steps?limit=1");
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = client.json(&format!("/products/shop/steps?limit=1&cursor={cursor}"));
    let names = [&first["items"][0]["step"], &second["items"][0]["step"]];
    assert_eq!((names, &second["next_cursor"]), ([&json!("pay"), &json!("search")], &json!(null)));
    server.stop();
}

#[test]
fn the_same_table_is_csv() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    world.send(&server, &[spans(1..10, "POST /pay", 200, 1), spans(10..11, "POST /pay", 500, 1)].concat()).unwrap();
    world.send(&server, &spans(20..22, "GET /=cmd,\"x\"", 200, 1)).unwrap();
    let matrix = client.get("/products/shop/matrix?format=csv");
    assert_eq!(matrix.text(), "operation,service,step,need,events,failed\r\nweb POST /pay,web,pay,required,10,1\r\n");
    assert_eq!(matrix.header("content-type"), "text/csv; charset=utf-8; header=present");
    let json = client.json("/products/shop/matrix");
    assert_eq!(json["as_of"].to_string(), matrix.header("x-as-of"));
    let steps = client.ask("GET", "/products/shop/steps", &[("accept", "text/csv;q=0.9")]);
    let lines: Vec<&str> = steps.text().lines().collect();
    assert!(lines[1].starts_with("shop,pay,Pay,live,none,buy,service,interactive,10,9,1,0,0,0,0.9,0."), "{lines:?}");
    assert!(lines[2].starts_with("shop,search,Search,live,none,buy,service,interactive,0,0,0,0,0,0,,,,"), "{lines:?}");
    for path in ["/products", "/products/shop/slos", "/products/shop/objectives", "/ingest", "/registry"] {
        let csv = client.get(&format!("{path}?format=csv"));
        let columns = csv.text().lines().next().unwrap().split(',').count();
        assert!(columns > 1 && csv.text().ends_with("\r\n"), "{path}");
    }
    let browser = client.ask("GET", "/products", &[("accept", "text/html,*/*")]);
    assert_eq!(browser.header("content-type"), "application/json");
    server.stop();
}

#[test]
fn what_is_declared_is_held_against_what_is_seen() {
    let world = World::new();
    let server = world.start();
    let client = Client::new(&server);
    world.send(&server, &[spans(1..10, "POST /pay", 200, 1), spans(10..11, "POST /pay", 500, 1)].concat()).unwrap();
    world.send(&server, &[spans(20..22, "GET /cart", 200, 1), spans(22..23, "GET /cart", 500, 1)].concat()).unwrap();
    let difference = |path: &str| -> Vec<Value> {
        let items = client.json(path)["items"].as_array().unwrap().clone();
        let of = |item: &Value| {
            json!([
                item["operation"],
                item["difference"],
                item["events"],
                item["failed"],
                item["unannotated"],
                item["unannotated_failed"]
            ])
        };
        items.iter().map(of).collect()
    };
    let all = [
        json!(["web GET /cart", "not-declared", 0, 0, 3, 1]),
        json!(["web GET /search", "never-seen", 0, 0, 0, 0]),
        json!(["web POST /pay", "as-declared", 10, 1, 0, 0]),
    ];
    assert_eq!(difference("/products/shop/operations"), all);
    assert_eq!(difference("/products/shop/operations?from=-1h"), all);
    assert_eq!(difference("/products/shop/operations?difference=never-seen"), all[1..2]);
    assert_eq!(difference("/products/shop/operations?from=-9h&to=-8h&difference=as-declared"), Vec::<Value>::new());
    server.stop();
}

#[test]
fn ten_thousand_slos_are_answered_by_page() {
    const SLOS: usize = 10_000;
    let world = World::new();
    let mut text = World::registry_text().to_owned();
    for at in 0..SLOS {
        let target = 90 + at % 9;
        let nines = at / 9;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {{name: slo-{at}}}\nspec: {{step: pay, type: latency, threshold: {}ms, \
             target: {target}%, window: {}d}}\n",
            nines + 1,
            1 + at % 28
        );
    }
    world.write_registry(&text);
    let server = world.start();
    world.send(&server, &spans(1..101, "POST /pay", 200, 1)).unwrap();
    let client = Client::new(&server);
    client.evaluated(&server, "/products/shop/slos?limit=1");
    let (mut seen, mut cursor, mut good) = (0, String::new(), 0);
    loop {
        let page = client.json(&format!("/products/shop/slos?limit=1000{cursor}"));
        let items = page["items"].as_array().unwrap();
        assert!(items.iter().all(|slo| slo["valid"] == 100), "{}", items[0]);
        seen += items.len();
        good += items.iter().filter(|slo| slo["state"] == "good").count();
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    // All attempts take 5 ms: of the latencies those of 5 ms and more, and the one that the product has.
    assert_eq!((seen, good), (SLOS + 1, SLOS - 4 * 9 + 1));
    server.stop();
}

#[test]
fn services_are_as_important_as_what_they_are_seen_to_serve_beside_what_is_declared() {
    let world = World::new();
    let text = World::registry_text().replace("spec: {title: Pay,", "spec: {title: Pay, criticality: critical,");
    world.write_registry(&text.replace("measure: [web POST /pay]", "measure: [edge POST /pay]"));
    let server = world.start();
    let client = Client::new(&server);
    let of = |name: &str| {
        let page = client.json("/products/shop/services");
        page["items"].as_array().unwrap().iter().find(|item| item["service"] == name).unwrap().clone()
    };
    let web = of("web");
    assert_eq!((&web["criticality"], &web["difference"]), (&"none".into(), &"as-declared".into()));
    assert_eq!((&of("edge")["criticality"], &of("edge")["step"]), (&"critical".into(), &"pay".into()));
    // A claim of an operation that no step declares stands.
    let status = r#"{"key":"http.route""#;
    let claim = format!(r#"{{"key":"milepost","value":{{"stringValue":"1.shop.-.pay.interactive.-.-.-"}}}},{status}"#);
    let body = crate::world::body(&[Span { id: 1, route: "GET /extra", status: 200, seconds_ago: 1 }]);
    assert!(body.contains(status), "{body}");
    world.send_body(&server, Payload::TracesJson, body.replace(status, &claim)).unwrap();
    let web = of("web");
    assert_eq!((&web["criticality"], &web["observed_criticality"]), (&"none".into(), &"critical".into()), "{web}");
    assert_eq!((&web["difference"], &web["observed_step"]), (&"higher".into(), &"pay".into()));
    assert_eq!(web["undeclared"][0]["operation"], "web GET /extra");
    assert!(web["meaning"].as_str().unwrap().contains("\"Pay\" fails"), "{web}");
    drop(client);
    server.stop();
}
