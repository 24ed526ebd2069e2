//! Declarations: what the lines say that they describe.

use crate::access_log::{AccessLine, Field, LineParser, Rejected};
use milepost_model::LogFormat;

fn parser(format: &str) -> LineParser {
    LineParser::new(&format.parse::<LogFormat>().unwrap())
}

/// The time, method, target and duration of one line.
fn read(format: &str, line: &str) -> (String, String, String, Option<String>) {
    let mut parser = parser(format);
    let event = parser.parse(line.as_bytes()).unwrap();
    assert!(!event.trailing && !event.cut, "{event:?}");
    let duration = event.duration.map(|d| d.to_string());
    (event.time.to_string(), event.method.to_owned(), format!("{} {:?}", event.path(), event.query()), duration)
}

#[test]
fn the_finest_time_is_taken_and_the_duration_subtracted() {
    let expected = (
        "2016-04-15T20:16:58.81Z".to_owned(),
        "GET".to_owned(),
        "/a Some(\"b=1\")".to_owned(),
        Some("1500ms".to_owned()),
    );
    for (format, line) in [
        (
            r#"[$time_local] $msec "$request" $status $request_time"#,
            r#"[15/Apr/2016:20:17:00 +0000] 1460751420.310 "GET /a?b=1 HTTP/1.1" 200 1.500"#,
        ),
        (
            "$request_time|$msec|$time_iso8601|$request_method|$request_uri|$status",
            "1.500|1460751420.310|2016-04-15T20:17:00+00:00|GET|/a?b=1|200",
        ),
        (
            "$msec $request_method $uri$is_args$args $status $upstream_response_time",
            "1460751420.310 GET /a?b=1 200 1.000, 0.500",
        ),
        (
            "$upstream_response_time $msec $request_method ${scheme}://$host$request_uri $status",
            "1.000 : 0.500 1460751420.310 GET https://shop.example/a?b=1 200",
        ),
        (
            r#"{"t":"$msec","m":"$request_method","u":"$uri","q":"$args","s":$status,"d":$request_time}"#,
            r#"{"t":"1460751420.310","m":"GET","u":"/a","q":"b=1","s":200,"d":1.500}"#,
        ),
    ] {
        assert_eq!(read(format, line), expected, "{format}");
    }
}

#[test]
fn times_are_read_with_and_without_brackets_and_quotes() {
    for (format, line) in [
        ("$time_local $status $request_uri", "15/Apr/2016:22:17:00 +0200 200 /"),
        ("\"$time_local\" $status $request_uri", "\"15/Apr/2016:22:17:00 +0200\" 200 /"),
        ("[$time_iso8601] $status $request_uri", "[2016-04-15T22:17:00+02:00] 200 /"),
        ("$status $request_uri $time_iso8601", "200 / 2016-04-15T22:17:00+02:00"),
        ("$status \"$request_uri\" [$time_local]", "200 \"/\" [15/Apr/2016:22:17:00 +0200]"),
    ] {
        assert_eq!(read(format, line).0, "2016-04-15T20:17:00Z", "{format}");
    }
}

#[test]
fn other_variables_are_fields_by_their_names() {
    let format = r#"$time_iso8601 $status "$request_uri" $upstream_addr [$http_x_region] $geoip_country"#;
    let fields = [
        Field::Named("geoip_country".to_owned()),
        Field::Header("X-Region".to_owned()),
        Field::Named("upstream_addr".to_owned()),
        Field::Named("http_x_region".to_owned()),
        Field::Named("absent".to_owned()),
    ];
    let mut parser = LineParser::with_fields(&format.parse::<LogFormat>().unwrap(), &fields).unwrap();
    let line = br#"2016-04-15T20:17:00Z 200 "/" 10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80 [eu] DE"#;
    let event = parser.parse(line).unwrap();
    let values: Vec<Option<&str>> = (0..6).map(|index| event.field(index)).collect();
    let upstreams = "10.0.0.1:80, 10.0.0.2:80 : 10.0.1.1:80";
    assert_eq!(values, [Some("DE"), Some("eu"), Some(upstreams), Some("eu"), None, None]);
    // Nothing stays from the line before.
    let event = parser.parse(b"2016-04-15T20:17:00Z 200 \"/\" - [] -").unwrap();
    assert!((0..6).all(|index| event.field(index).is_none()));
}

#[test]
fn the_host_and_the_grpc_status_have_several_variables() {
    let mut parser = parser("$msec $status /$request_uri $server_name $http_host $sent_http_grpc_status");
    let event = parser.parse(b"1460751420.310 200 //a shop.example shop.example:8443 14").unwrap();
    assert_eq!(
        (event.host, event.grpc_status.map(milepost_model::GrpcStatus::as_str)),
        (Some("shop.example:8443"), Some("UNAVAILABLE"))
    );
}

#[test]
fn a_line_of_another_shape_is_rejected_by_reason() {
    let mut parser = parser(r#"$remote_addr [$time_local] "$request" $status"#);
    for (line, reason) in [
        ("1.1.1.1 15/Apr/2016:22:17:00 +0200 \"GET / HTTP/1.1\" 200", Rejected::NotAccessLog),
        ("1.1.1.1 [15/Apr/2016:22:17:00 +0200] GET / HTTP/1.1 200", Rejected::NotAccessLog),
        ("1.1.1.1 [15/Apr/2016:22:17:00 +9900] \"GET / HTTP/1.1\" 200", Rejected::BadTime),
        ("1.1.1.1 [15/Apr/2016:22:17:00 +0200] \"GET / HTTP/1.1\" ok", Rejected::BadStatus),
        ("1.1.1.1 [15/Apr/2016:22:17:00 +0200] \"GET / HTTP/1.1\"", Rejected::NotAccessLog),
        ("1.1.1.1", Rejected::NotAccessLog),
    ] {
        assert_eq!(parser.parse(line.as_bytes()).map(|_: AccessLine<'_>| ()), Err(reason), "{line}");
    }
}
