//! What the JSON reader makes of the forms that OTLP/JSON allows, and of those it does not.

use milepost_model::SpanStatus;

use super::super::{Flaw, MAX_ATTRIBUTES, RejectReason, SpanKind};
use super::recorder::{Seen, Wants};

/// A valid span with more fields, or with these instead of its own: of a key that is there twice the last one counts.
fn span(more: &str) -> String {
    let ids = r#""traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708""#;
    format!(r#"{{{ids},"startTimeUnixNano":"1000","endTimeUnixNano":"3000"{more}}}"#)
}

fn request(spans: &[&str]) -> String {
    let spans = spans.join(",");
    format!(r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

fn logs(records: &[&str]) -> String {
    format!(r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","))
}

fn read(record: &str) -> Vec<Seen> {
    let (seen, result) = Wants::new().json(record.as_bytes());
    assert_eq!(result, Ok(()));
    seen
}

fn one(more: &str) -> Seen {
    let seen = read(&request(&[&span(more)]));
    assert_eq!(seen.len(), 1);
    seen.into_iter().next().unwrap()
}

#[test]
fn enumerations_are_numbers_or_names() {
    for (field, kind) in [
        (r#","kind":2"#, SpanKind::Server),
        (r#","kind":"SPAN_KIND_CONSUMER""#, SpanKind::Consumer),
        (r#","kind":"SPAN_KIND_NEW""#, SpanKind::Unspecified),
        (r#","kind":"server""#, SpanKind::Unspecified),
        (r#","kind":99"#, SpanKind::Unspecified),
        (r#","kind":null"#, SpanKind::Unspecified),
        ("", SpanKind::Unspecified),
    ] {
        assert_eq!(one(field).span().kind, kind, "{field}");
    }
    for (field, status) in [
        (r#","status":{"code":2,"message":"no"}"#, SpanStatus::Error),
        (r#","status":{"code":"STATUS_CODE_OK"}"#, SpanStatus::Ok),
        (r#","status":{}"#, SpanStatus::Unset),
        (r#","status":null"#, SpanStatus::Unset),
    ] {
        assert_eq!(one(field).span().status, status, "{field}");
    }
    for (number, severity_number) in [("\"SEVERITY_NUMBER_WARN2\"", 14), ("\"SEVERITY_NUMBER_FATAL4\"", 24), ("25", 0)]
    {
        let record = format!(r#"{{"timeUnixNano":1,"severityNumber":{number}}}"#);
        assert_eq!(read(&logs(&[&record]))[0].log().severity_number, severity_number, "{number}");
    }
}

#[test]
fn whole_numbers_are_numbers_or_text() {
    for (number, nanos) in [("1700000000000000000", 1_700_000_000_000_000_000), ("\"7\"", 7), ("1e9", 1_000_000_000)] {
        let seen = one(&format!(r#","endTimeUnixNano":9223372036854775807,"startTimeUnixNano":{number}"#));
        assert_eq!(seen.span().start.nanos(), nanos);
    }
    for (value, read) in [
        (r#"{"intValue":"-5"}"#, "Int(-5)"),
        (r#"{"intValue":9223372036854775807}"#, "Int(9223372036854775807)"),
        (r#"{"doubleValue":"NaN"}"#, "Double(NaN)"),
        (r#"{"doubleValue":"-Infinity"}"#, "Double(-inf)"),
        (r#"{"doubleValue":3}"#, "Double(3.0)"),
        (r#"{"boolValue":true,"stringValue":null}"#, "Bool(true)"),
        (r#"{"arrayValue":{"values":[{"intValue":1},{"stringValue":"a"},{"stringValue":"b"}]}}"#, "Text(\"a\")"),
    ] {
        let seen = one(&format!(r#","attributes":[{{"value":{value},"key":"cloud.region"}}]"#));
        assert_eq!(seen.value("region"), Some(read));
        assert!(seen.span().flaws.is_empty());
    }
}

#[test]
fn one_bad_span_does_not_cost_its_neighbours() {
    let good = span("");
    for (bad, reason) in [
        ("null".to_owned(), RejectReason::Malformed),
        ("[1,{}]".to_owned(), RejectReason::Malformed),
        ("{}".to_owned(), RejectReason::TraceId),
        (span(r#","traceId":7"#), RejectReason::Malformed),
        (span(r#","traceId":"0102""#), RejectReason::TraceId),
        (span(r#","traceId":"0102030405060708090a0b0c0d0e0fxx""#), RejectReason::TraceId),
        (span(r#","spanId":"0000000000000000""#), RejectReason::SpanId),
        (span(r#","parentSpanId":"01""#), RejectReason::ParentSpanId),
        (span(r#","kind":[]"#), RejectReason::Malformed),
        (span(r#","status":7"#), RejectReason::Malformed),
        (span(r#","status":{"code":{}}"#), RejectReason::Malformed),
        (span(r#","startTimeUnixNano":"soon""#), RejectReason::Malformed),
        (span(r#","startTimeUnixNano":-1"#), RejectReason::Malformed),
        (span(r#","startTimeUnixNano":1.5"#), RejectReason::Malformed),
        (span(r#","startTimeUnixNano":null"#), RejectReason::NoTime),
        (span(r#","endTimeUnixNano":18446744073709551615"#), RejectReason::TimeOutOfRange),
    ] {
        let seen = read(&request(&[&good, &bad, &good]));
        assert_eq!(seen.len(), 3, "{bad}");
        assert!(seen.contains(&Seen::Rejected(reason)), "{bad}: {seen:?}");
    }
}

#[test]
fn a_bad_value_costs_only_itself() {
    for bad in [
        r#","name":7"#,
        r#","attributes":{}"#,
        r#","attributes":[7]"#,
        r#","attributes":[{"key":7,"value":{"stringValue":"a"}}]"#,
        r#","attributes":[{"key":"http.route","value":7}]"#,
        r#","attributes":[{"key":"http.route","value":{"stringValue":7}}]"#,
        r#","attributes":[{"value":{"intValue":1.5},"key":"http.route"}]"#,
        r#","attributes":[{"key":"http.route","value":{"arrayValue":[]}}]"#,
        r#","attributes":[{"key":"http.route","value":{"arrayValue":{"values":[{"stringValue":7}]}}}]"#,
    ] {
        let seen = one(bad);
        assert!(seen.span().flaws.contains(Flaw::UnreadableValue), "{bad}");
        assert_eq!((seen.value("name"), seen.value("route")), (None, None), "{bad}");
    }
    let unwanted = one(r#","attributes":[{"key":"thread.name","value":{"stringValue":{"a":[]}}},{"key":null}]"#);
    assert!(unwanted.span().flaws.is_empty());
}

#[test]
fn containers_of_the_wrong_type_are_counted_and_the_rest_is_read() {
    let record = format!(
        r#"{{"resourceLogs":7,"resourceSpans":[null,5,{{"scopeSpans":{{}}}},
            {{"scopeSpans":[7,{{"spans":"x"}},{{"spans":[{}]}}]}}]}}"#,
        span("")
    );
    let seen = read(&record);
    let envelopes = seen.iter().filter(|seen| **seen == Seen::Rejected(RejectReason::Envelope)).count();
    assert_eq!((seen.len(), envelopes), (7, 6));
}

#[test]
fn spans_of_an_unreadable_resource_are_of_no_service() {
    for resource in ["7", "[]", r#"{"attributes":{}}"#] {
        let record =
            format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}],"resource":{resource}}}]}}"#, span(""));
        assert_eq!(read(&record), [Seen::Rejected(RejectReason::Resource)]);
    }
}

#[test]
fn a_resource_may_come_after_any_number_of_its_spans() {
    let one = span(r#","name":"caf\u00e9","attributes":[{"key":"url.path","value":{"stringValue":"\/a\u0026b"}}]"#);
    let spans = vec![one.as_str(); 1_000].join(",");
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"\u0063art"}}]}"#;
    let before = format!(r#"{{"resourceSpans":[{{{resource},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    let after = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}],{resource}}}]}}"#);
    let seen = read(&before);
    assert_eq!(seen, read(&after));
    assert_eq!(seen.len(), 1_000);
    for seen in seen {
        assert_eq!(seen.value("service"), Some(r#"Text("cart")"#));
        assert_eq!(seen.value("path"), Some(r#"Text("/a&b")"#));
        assert_eq!(seen.value("name"), Some(r#"Text("café")"#));
    }
}

#[test]
fn what_waits_for_a_late_resource_is_bounded_by_the_record() {
    let records = vec![r#"{"timeUnixNano":1}"#; 10_000].join(",");
    let record = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}],"resource":{{}}}}]}}"#);
    let seen = read(&record);
    assert_eq!(seen.len(), 10_000);
    let delivered = seen.iter().filter(|seen| matches!(seen, Seen::Log(..))).count();
    assert_eq!(delivered, record.len() / 64);
    // With the resource first, nothing waits.
    let record = format!(r#"{{"resourceLogs":[{{"resource":{{}},"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#);
    assert!(read(&record).iter().all(|seen| matches!(seen, Seen::Log(..))));
}

#[test]
fn a_record_with_none_of_a_requests_keys_is_said_to_be_no_otlp() {
    let reason = |record: &str| Wants::new().json(record.as_bytes()).1.map_err(|error| error.reason());
    assert_eq!(reason(r#"{"level":"info","message":"started"}"#), Err("not-otlp"));
    assert_eq!(reason("{}"), Ok(()));
    assert_eq!(reason(r#"{"extra":1,"resourceSpans":[]}"#), Ok(()));
    assert_eq!(reason(r#"{"resourceSpans":[],"extra":1}"#), Ok(()));
}

#[test]
fn broken_syntax_says_where_and_loses_nothing_before_it() {
    let whole = request(&[&span(""), &span("")]);
    let broken = whole.replace("]}]}]}", "]}]}]");
    let (seen, result) = Wants::new().json(broken.as_bytes());
    assert_eq!(seen.len(), 2);
    let error = result.unwrap_err();
    assert_eq!(error.reason(), "bad-json");
    assert_eq!(
        error.to_string(),
        format!(
            "a record of OTLP/JSON is one JSON object: EOF while parsing an object at byte {} of line 1",
            broken.len()
        )
    );
}

#[test]
fn a_file_of_records_in_one_record_is_told_to_be_sent_line_by_line() {
    let error = Wants::new().json(b"{\"resourceSpans\":[]}\n{\"resourceSpans\":[]}\n").1.unwrap_err();
    assert_eq!(error.reason(), "bad-json");
    assert!(
        error.to_string().ends_with(
            "more follows it at byte 1 of line 2: over HTTP each line of a JSONL file is a request of its own"
        )
    );
}

#[test]
fn spans_before_a_break_are_delivered_when_their_resource_was_read() {
    let spans = format!(r#""scopeSpans":[{{"spans":[{},{},{{"traceId":"#, span(""), span(""));
    let (seen, result) = Wants::new().json(format!(r#"{{"resourceSpans":[{{"resource":{{}},{spans}"#).as_bytes());
    assert!(result.is_err());
    assert!(matches!(seen[..], [Seen::Span(..), Seen::Span(..)]), "{seen:?}");
    let (seen, result) = Wants::new().json(format!(r#"{{"resourceSpans":[{{{spans}"#).as_bytes());
    assert!(result.is_err());
    assert_eq!(seen, [const { Seen::Rejected(RejectReason::Resource) }; 2]);
}

#[test]
fn what_is_no_json_object_is_an_error() {
    for record in ["", "7", "null", "[]", "\"x\"", "{} {}", "{}x", "{\"resourceSpans\":[}", "\u{feff}{}"] {
        let (seen, result) = Wants::new().json(record.as_bytes());
        assert!(seen.is_empty());
        assert!(result.is_err(), "{record}");
    }
    assert!(read(" {} ").is_empty());
    assert!(read(r#"{"unknown":[],"resourceSpans":[]}"#).is_empty());
}

#[test]
fn nesting_without_end_is_not_entered() {
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(one(&format!(r#","events":{lists}"#)).span().flaws.is_empty());
    assert!(one(&format!(r#","name":{lists}"#)).span().flaws.contains(Flaw::UnreadableValue));
    assert_eq!(read(&request(&[&lists])), [Seen::Rejected(RejectReason::Malformed)]);
    let array = r#"{"arrayValue":{"values":["#;
    let deep = format!("{}{}", array.repeat(100_000), "]}}".repeat(100_000));
    assert!(one(&format!(r#","attributes":[{{"key":"http.route","value":{deep}}}]"#)).value("route").is_none());
}

#[test]
fn a_number_beyond_all_types_and_text_that_is_not_utf_8_end_the_record() {
    let (seen, result) = Wants::new().json(request(&[&span(r#","startTimeUnixNano":1e999"#)]).as_bytes());
    assert!(seen.is_empty() && result.is_err());
    let mut record = request(&[&span(r#","name":"?""#)]).into_bytes();
    let place = record.iter().position(|byte| *byte == b'?').unwrap();
    record[place] = 0xff;
    let (seen, result) = Wants::new().json(&record);
    assert!(seen.is_empty() && result.is_err());
}

#[test]
fn attributes_beyond_the_limit_are_not_looked_at_and_the_span_says_so() {
    let filler = vec!["{}"; usize::try_from(MAX_ATTRIBUTES).unwrap() - 1].join(",");
    let attribute = |key: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"x"}}}}"#);
    let (route, path) = (attribute("http.route"), attribute("url.path"));
    let within = span(&format!(r#","attributes":[{filler},{route}]"#));
    assert!(read(&request(&[&within, &within])).iter().all(|seen| seen.span().flaws.is_empty()));
    let beyond = one(&format!(r#","attributes":[{filler},{route},{path}]"#));
    assert!(beyond.span().flaws.contains(Flaw::AttributesCut));
    assert_eq!((beyond.value("route"), beyond.value("path")), (Some(r#"Text("x")"#), None));
}

#[test]
fn a_log_record_has_the_time_it_was_observed_when_it_has_no_other() {
    let observed = &read(&logs(&[r#"{"observedTimeUnixNano":"5"}"#]))[0];
    assert_eq!(observed.log().time.nanos(), 5);
    assert_eq!(observed.value("kind"), Some(r#"Text("log")"#));
    let both = &read(&logs(&[r#"{"observedTimeUnixNano":"5","timeUnixNano":4,"traceId":"00"}"#]))[0];
    assert_eq!((both.log().time.nanos(), both.log().trace_id), (4, None));
    assert_eq!(read(&logs(&[r#"{"timeUnixNano":0}"#])), [Seen::Rejected(RejectReason::NoTime)]);
}

#[test]
fn data_points_of_metrics_are_rejected_one_by_one() {
    let gauge = r#"{"name":"a","gauge":{"dataPoints":[{},{"asInt":"1"}]}}"#;
    let summary = r#"{"summary":{"dataPoints":[{}]},"unknown":{"dataPoints":[{}]}}"#;
    let record = format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{gauge},{summary}]}}]}}]}}"#);
    let seen = read(&record);
    assert_eq!(seen[..3], [const { Seen::Rejected(RejectReason::Metric) }; 3]);
    assert_eq!(seen[3..], [Seen::Metrics(None)]);
}

#[test]
fn of_metrics_it_is_told_which_services_sent_some_of_their_own() {
    let resource = |name: &str| {
        format!(r#""resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]}}"#)
    };
    let scopes = |metrics: &str| format!(r#""scopeMetrics":[{{"metrics":[{metrics}]}}]"#);
    let of = |entry: &str| {
        let seen = read(&format!(r#"{{"resourceMetrics":[{{{entry}}}]}}"#));
        seen.into_iter().filter(|seen| !matches!(seen, Seen::Rejected(RejectReason::Metric))).collect::<Vec<_>>()
    };
    let (own, up) = (r#"{"name":"a","sum":{"dataPoints":[{}]}}"#, r#"{"gauge":{"dataPoints":[{}]},"name":"up"}"#);
    let web = [Seen::Metrics(Some("web".to_owned()))];
    assert_eq!(of(&format!("{},{}", resource("web"), scopes(own))), web);
    assert_eq!(of(&format!("{},{}", scopes(own), resource("web"))), web, "in any order");
    assert_eq!(of(&format!("{},{}", resource("web"), scopes(&format!("{own},{up}")))), web);
    assert_eq!(of(&format!("{},{}", resource("web"), scopes(&format!("{up},{own}")))), web);
    // Whoever scrapes it says that it is down.
    assert_eq!(of(&format!("{},{}", resource("web"), scopes(up))), []);
    assert_eq!(of(&format!("{},{}", resource("web"), scopes(r#"{"name":"a","sum":{"dataPoints":[]}}"#))), []);
    assert_eq!(of(&format!("{},{}", r#""resource":7"#, scopes(own))), [Seen::Metrics(None)]);
    let both = format!("{},{}}},{{{}", resource("web"), scopes(own), scopes(own));
    assert_eq!(of(&both), [web[0].clone(), Seen::Metrics(None)], "a resource is of its own entry");
}
