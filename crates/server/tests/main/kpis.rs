//! KPIs of a running server: sums through restarts, what is refused, and what an incident costs.

use crate::api::Client;
use crate::incidents::Time;
use milepost_impact::LostKpi;
use milepost_impact::incident::IncidentId;
use milepost_server::Server;
use serde_json::{Value, json};

const KPIS: &str = "
  kpis:
    revenue: {title: Revenue, description: What people pay., unit: euros, value: attribute shop.revenue, steps: pay}
    orders: {description: How often people pay., unit: orders, steps: [buy/pay]}
    found: {description: What people find., unit: things, value: query found, steps: search}
";

fn world() -> Time {
    world_with("")
}

/// Where nothing but incidents is told.
pub(crate) fn world_without_alerts() -> Time {
    world_of(|registry| registry.replace("window: 28d}", "window: 28d, alerts: []}"))
}

/// With more documents.
fn world_with(more: &str) -> Time {
    world_of(|registry| format!("{registry}{more}"))
}

fn world_of(change: impl FnOnce(&str) -> String) -> Time {
    Time::of(|registry| {
        change(registry).replacen("---", &format!("{KPIS}---"), 1).replacen(
        "spec: {title: Shop, description: A shop., owner: product-manager, stakeholders: [{name: product-manager, role: product-manager}]}",
        "spec:\n  title: Shop\n  description: A shop.\n  owner: product-manager\n  stakeholders: [{name: product-manager, role: product-manager}]",
        1,
    )
    })
}

fn kpis(server: &Server, more: &str) -> Value {
    let client = Client::new(server);
    client.json(&format!("/products/shop/kpis?from=-24h{more}"))
}

#[test]
fn numbers_of_attempts_are_summed_up_exactly_and_what_is_no_amount_is_told() {
    let mut time = world();
    let server = time.start();
    let worth = [
        json!({"intValue": "3"}),
        json!({"doubleValue": 0.1}),
        json!({"stringValue": "12.34"}),
        json!({"stringValue": "much"}),
        json!({"doubleValue": -1.5}),
        json!({"intValue": "1000000001"}),
        json!({"boolValue": true}),
    ];
    time.send_worth(&server, "POST /pay", &worth, 200);
    time.send_worth(&server, "POST /pay", &[json!({"intValue": "7"})], 503);
    let as_of = kpis(&server, "")["as_of"].as_u64().unwrap();
    let check = |body: &Value| {
        let of = |at: usize| body["items"][at].clone();
        assert_eq!(of(2)["kpi"], "revenue", "{body}");
        assert_eq!(
            (&of(2)["sum_exact"], &of(2)["counted"], &of(2)["without"]),
            (&json!("15.44"), &json!(3), &json!(4))
        );
        assert_eq!((&of(2)["failed_sum"], &of(2)["failed_counted"]), (&json!(7.0), &json!(1)));
        assert_eq!(
            (&of(1)["kpi"], &of(1)["sum_exact"], &of(1)["value"]),
            (&json!("orders"), &json!("7"), &Value::Null)
        );
        assert_eq!((&of(0)["sum_exact"], &of(0)["without"]), (&json!("0"), &json!(0)));
    };
    check(&kpis(&server, ""));
    let client = Client::new(&server);
    assert_eq!(client.get("/ingest").json()["amounts_refused"], 4);
    assert_eq!(client.json("/products/shop/kpis/revenue?from=-24h")["sum_exact"], "15.44");
    assert_eq!(client.get("/products/shop/kpis/revenues").status.as_u16(), 404);
    drop(client);
    server.stop();
    let server = time.start();
    check(&kpis(&server, ""));
    time.send_worth(&server, "POST /pay", &[json!({"intValue": "5"})], 200);
    assert_eq!(kpis(&server, "")["items"][2]["sum_exact"], "20.44");
    check(&kpis(&server, &format!("&as-of={as_of}")));
    server.stop();
}

#[test]
fn an_incident_tells_what_it_costs_of_each_kpi_through_a_restart() {
    let mut time = world();
    let server = time.start();
    // Usually one pays 10; attempts that fail do not say what they would have paid.
    let ten = vec![json!({"doubleValue": 10.0}); 100];
    for _ in 0..8 {
        time.send_worth(&server, "POST /pay", &ten[..12], 200);
        time.pass(&server, 60);
    }
    time.send_worth(&server, "POST /pay", &ten[..50], 200);
    time.fail(&server, "POST /pay");
    time.send_worth(&server, "POST /pay", &ten[..1], 200);
    time.pass(&server, 180);
    let lost = |server: &Server| {
        let known = server.shared.incidents.of("shop");
        let incident = known.get(IncidentId(1)).unwrap();
        incident.kpis().into_iter().map(|(kpi, lost)| (kpi.to_string(), lost)).collect::<Vec<_>>()
    };
    let exactly = |units: i128| LostKpi {
        lost_micros: units * 1_000_000,
        low_micros: units * 1_000_000,
        high_micros: Some(units * 1_000_000),
    };
    let expected = [("orders".to_owned(), exactly(50)), ("revenue".to_owned(), exactly(500))];
    assert_eq!(lost(&server), expected);
    let client = Client::new(&server);
    let detail = client.get("/products/shop/incidents/1").json();
    let revenue = &detail["kpis"][1];
    assert_eq!(
        (&revenue["title"], &revenue["unit"], &revenue["lost"]),
        (&json!("Revenue"), &json!("euros"), &json!(500.0))
    );
    let told =
        detail["timeline"].as_array().unwrap().iter().any(|event| event["text"] == "Pay has lost 500 euros of Revenue");
    assert!(told, "{detail}");
    drop(client);
    server.stop();
    let server = time.start();
    time.send_worth(&server, "POST /pay", &ten[..1], 200);
    time.pass(&server, 400);
    assert_eq!(lost(&server), expected);
    server.stop();
}

const POLICY: &str = "---
apiVersion: milepost/v1
kind: SeverityPolicy
metadata: {name: severity}
spec:
  rules:
    - {level: major, scope: {kpi: revenue}, impact: '> 20%'}
    - {level: medium, scope: all, impact: '> 20%'}
    - {level: minor, scope: all, impact: any}
";

/// One of ten attempts fails, and with them half of what people pay: how bad that is follows from the money.
#[test]
fn a_rule_about_a_kpi_judges_what_attempts_are_worth() {
    let mut time = world_with(POLICY);
    let server = time.start();
    let worth = |each: f64, count: usize| vec![json!({"doubleValue": each}); count];
    for _ in 0..4 {
        time.send_worth(&server, "POST /pay", &worth(10.0, 25), 200);
        time.pass(&server, 30);
    }
    time.send_worth(&server, "POST /pay", &worth(10.0, 100), 200);
    time.send_worth(&server, "POST /pay", &worth(100.0, 20), 503);
    time.pass(&server, 1);
    time.pass(&server, 31);
    let client = Client::new(&server);
    let body = client.json("/products/shop/severity");
    let pay = body["items"].as_array().unwrap().iter().find(|item| item["path"] == "pay").unwrap();
    assert_eq!(pay["level"], "major", "{pay}");
    // Both windows hold the same, and of those the longer one says it.
    let reason = pay["reason"].as_str().unwrap();
    assert!(reason.starts_with("2,000 of 4,000 euros of Revenue are lost in 30 minutes: 50%, "), "{reason}");
    assert!(reason.ends_with("; major is more than 20% of Revenue"), "{reason}");
    let kpi = &pay["kpis"][0];
    assert_eq!(
        (&kpi["kpi"], &kpi["minutes"], &kpi["lost"], &kpi["expected"], &kpi["is_enough"]),
        (&json!("revenue"), &json!(5), &json!(2000.0), &json!(4000.0), &json!(true))
    );
    let lines: Vec<&str> = pay["explanation"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let told = |start: &str| lines.iter().any(|line| line.starts_with(start));
    assert!(told("Revenue, 5 min: 2,000 of 4,000 euros expected are lost: impact 50%, at least "), "{lines:#?}");
    assert!(told("major when > 20% of Revenue: over with "), "{lines:#?}");
    assert!(told("medium when > 20% of any step: not over with "), "{lines:#?}");
    // It stays through a restart, and is lowered once as much comes in as usual.
    drop(client);
    server.stop();
    let server = time.start();
    time.send_worth(&server, "POST /pay", &worth(10.0, 1), 200);
    time.pass(&server, 1);
    let level = |server: &Server| {
        let body = Client::new(server).json("/products/shop/severity");
        body["items"].as_array().unwrap().iter().find(|item| item["path"] == "pay").unwrap()["level"].clone()
    };
    assert_eq!(level(&server), "major");
    for _ in 0..30 {
        time.send_worth(&server, "POST /pay", &worth(10.0, 20), 200);
        time.pass(&server, 90);
    }
    assert_eq!(level(&server), Value::Null);
    server.stop();
}
