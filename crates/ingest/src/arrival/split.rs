//! A request of OTLP/JSON taken apart by the second in which its events were over.

use super::Piece;
use milepost_model::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The names of one kind of events: its resources, their scopes, their events, and what says when one was over, the best first.
struct Keys {
    resources: &'static str,
    scopes: &'static str,
    events: &'static str,
    times: &'static [&'static str],
}

const KINDS: [Keys; 2] = [
    Keys { resources: "resourceSpans", scopes: "scopeSpans", events: "spans", times: &["endTimeUnixNano"] },
    Keys {
        resources: "resourceLogs",
        scopes: "scopeLogs",
        events: "logRecords",
        times: &["timeUnixNano", "observedTimeUnixNano"],
    },
];
const SECOND: i64 = 1_000_000_000;

/// Events of one scope that were over in the same second.
type Part = Map<String, Value>;

/// The pieces of a request, in the order of time; nothing where it is no such request, or has none of these events.
pub(super) fn by_second(record: &[u8]) -> Option<Vec<Piece>> {
    let Ok(Value::Object(mut request)) = serde_json::from_slice(record) else { return None };
    let mut parts: BTreeMap<i64, (i64, [Vec<Value>; KINDS.len()])> = BTreeMap::new();
    for (kind, keys) in KINDS.iter().enumerate() {
        for mut resource in list(&mut request, keys.resources) {
            let Some(about) = resource.as_object_mut() else { continue };
            let mut scopes: BTreeMap<i64, (i64, Vec<Value>)> = BTreeMap::new();
            for mut scope in list(about, keys.scopes) {
                let Some(about) = scope.as_object_mut() else { continue };
                for (second, (last, events)) in events(list(about, keys.events), keys) {
                    let (at, scopes) = scopes.entry(second).or_default();
                    *at = (*at).max(last);
                    scopes.push(with(about, keys.events, events));
                }
            }
            for (second, (last, scopes)) in scopes {
                let (at, kinds) = parts.entry(second).or_default();
                *at = (*at).max(last);
                kinds[kind].push(with(about, keys.scopes, scopes));
            }
        }
    }
    let piece = |(at, [spans, logs]): (i64, [Vec<Value>; 2])| Piece {
        arrived: Some(Timestamp::from_nanos(at)),
        bytes: json!({ "resourceSpans": spans, "resourceLogs": logs }).to_string().into_bytes(),
    };
    (!parts.is_empty()).then(|| parts.into_values().map(piece).collect())
}

/// Events by the second in which they were over, each with the last of these times. Those that do not say belong to the first.
fn events(events: Vec<Value>, keys: &Keys) -> BTreeMap<i64, (i64, Vec<Value>)> {
    let mut seconds: BTreeMap<i64, (i64, Vec<Value>)> = BTreeMap::new();
    let mut untold = Vec::new();
    for event in events {
        match keys.times.iter().find_map(|key| nanos(&event[*key])) {
            Some(at) => {
                let (last, events) = seconds.entry(at.div_euclid(SECOND)).or_default();
                *last = (*last).max(at);
                events.push(event);
            }
            None => untold.push(event),
        }
    }
    if let Some(mut first) = seconds.first_entry() {
        first.get_mut().1.append(&mut untold);
    }
    seconds
}

/// The same with other members.
fn with(about: &Part, key: &str, members: Vec<Value>) -> Value {
    let mut about = about.clone();
    about.insert(key.to_owned(), Value::Array(members));
    Value::Object(about)
}

fn list(object: &mut Part, key: &str) -> Vec<Value> {
    match object.remove(key) {
        Some(Value::Array(members)) => members,
        _ => Vec::new(),
    }
}

/// A time: a number, or the text of one, as 64 bits are written in JSON. 0 says that it is not known.
fn nanos(value: &Value) -> Option<i64> {
    let nanos = value.as_i64().or_else(|| value.as_str()?.parse().ok());
    nanos.filter(|nanos| *nanos > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(name: &str, end: &Value) -> Value {
        json!({ "name": name, "endTimeUnixNano": end })
    }

    #[test]
    fn each_event_comes_with_the_second_in_which_it_was_over() {
        let spans =
            json!([span("a", &json!("1500000000")), span("b", &json!(2_100_000_000)), span("c", &json!("1600000000"))]);
        let request = json!({ "resourceSpans": [
            { "resource": { "attributes": [] }, "scopeSpans": [{ "scope": { "name": "s" }, "spans": spans }] },
            { "resource": {}, "scopeSpans": [{ "spans": [span("d", &json!("2900000000")), span("e", &json!("0"))] }] },
        ]});
        let pieces = by_second(request.to_string().as_bytes()).unwrap();
        let told: Vec<(i64, Value)> = (pieces.iter())
            .map(|piece| (piece.arrived.unwrap().nanos(), serde_json::from_slice(&piece.bytes).unwrap()))
            .collect();
        assert_eq!(told.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1_600_000_000, 2_900_000_000]);
        let first = &told[0].1["resourceSpans"];
        assert_eq!((first.as_array().unwrap().len(), &first[0]["scopeSpans"][0]["scope"]["name"]), (1, &json!("s")));
        let names = |resource: &Value| {
            let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap().clone();
            spans.iter().map(|span| span["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&first[0]), ["a", "c"]);
        let second = &told[1].1["resourceSpans"];
        // What does not say when it was over comes with what was recorded beside it.
        assert_eq!(
            (names(&second[0]), names(&second[1])),
            (vec!["b".to_owned()], vec!["d".to_owned(), "e".to_owned()])
        );
    }

    #[test]
    fn what_is_no_request_of_these_kinds_stays_whole() {
        for record in [&b"{}"[..], b"[1]", b"{\"resourceSpans\": 5}", b"{\"resourceMetrics\": []}", b"no JSON"] {
            assert_eq!(by_second(record), None, "{}", String::from_utf8_lossy(record));
        }
    }
}
