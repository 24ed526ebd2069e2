//! Declarations: what is said of those that lines cannot be read by, and what the others are known to hold.

use super::*;

#[test]
fn what_is_wrong_with_a_declaration_is_said_with_its_place() {
    const NO_NAME: &str = "`$` is followed by a variable's name in lower case, such as `$status` or `${status}`";
    const DIRECTIVE: &str = "a log format is the text alone: leave out `log_format`, its name, and the quotes around its parts, as in `$remote_addr [$time_local] \"$request\" $status`";
    let cases: [(&str, &str); 14] = [
        (
            "$remote_addr $status $request_uri",
            "the log format has no time: it needs `$msec`, `$time_iso8601` or `$time_local`",
        ),
        (
            "$msec $status",
            "the log format has no request: it needs `\"$request\"`, or `$request_method` and `$request_uri`",
        ),
        ("$msec \"$request\"", "the log format has no status: it needs `$status`"),
        (
            "$msec $status $request x",
            "column 15: `$request` has spaces in it, so that it cannot be told where it ends; write `\"$request\"`",
        ),
        (
            "$msec $request_uri$status",
            "column 19: nothing stands between `$request_uri` and `$status`, so that it cannot be told where one ends; put a space or quotes between them",
        ),
        (
            "$msec $status $http_user_agent $request_uri",
            "column 15: `$http_user_agent` has spaces in it, so that it cannot be told where it ends; write `\"$http_user_agent\"`",
        ),
        ("ä $ $msec", &format!("column 3: {NO_NAME}")),
        ("$msec ${status", "column 7: `${` has no `}` after it; write `${status}`"),
        ("$msec ${} $status", &format!("column 7: {NO_NAME}")),
        ("$msec ${a b} $status", &format!("column 7: {NO_NAME}")),
        ("log_format main '$remote_addr $status';", DIRECTIVE),
        ("'$remote_addr ' '$status'", DIRECTIVE),
        (&format!("$status{}", " ".repeat(9000)), "a log format has at most 8192 bytes, this one has 9007"),
        (&"$status ".repeat(200), "a log format has at most 128 variables"),
    ];
    for (format, said) in cases {
        assert_eq!(format.parse::<LogFormat>().unwrap_err().to_string(), said, "{format}");
    }
    assert_eq!("combine".parse::<LogFormat>(), Err(LogFormatError::Unknown));
}

#[test]
fn a_format_knows_whether_its_lines_tell_durations() {
    let has_duration = |text: &str| text.parse::<LogFormat>().unwrap().has_duration();
    for text in ["common", "combined", "nginx", "$msec \"$request\" $status"] {
        assert!(!has_duration(text), "{text}");
    }
    for text in ["envoy", "haproxy", "json", "$msec \"$request\" $status $request_time"] {
        assert!(has_duration(text), "{text}");
    }
}
