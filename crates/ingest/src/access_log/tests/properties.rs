//! What holds of every line.

use super::*;
use proptest::prelude::*;

/// A combined event as a server would have it, before it is printed.
#[derive(Clone, Debug)]
struct Combined {
    peer: String,
    user: String,
    second: i64,
    offset_minutes: i64,
    method: String,
    target: String,
    protocol: String,
    status: u16,
    bytes: Option<u64>,
    referer: String,
    agent: String,
}

fn combined() -> impl Strategy<Value = Combined> {
    let client = ("[0-9a-f:.]{1,20}", "-|[a-zA-Z@.\\[\\] ]{1,12}");
    let time = (0i64..4_000_000_000, -14i64 * 60..14 * 60);
    let request = ("GET|POST|M-SEARCH", "/[!#-~]{0,30}( [!#-~]{1,5})?|\\*", "HTTP/1\\.[01]|HTTP/2\\.0|HTTP/3");
    let answer = (100u16..1000, proptest::option::of(any::<u64>().prop_map(|b| b >> 2)));
    (client, time, request, answer, ".{0,20}", "[^\\x00-\\x1f]{0,60}").prop_map(
        |((peer, user), (second, offset_minutes), (method, target, protocol), (status, bytes), referer, agent)| {
            Combined { peer, user, second, offset_minutes, method, target, protocol, status, bytes, referer, agent }
        },
    )
}

/// Apache's escaping of what came from the client.
fn escape(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { text.replace('\\', "\\\\").replace('"', "\\\"") }
}

impl Combined {
    fn print(&self) -> String {
        let local = milepost_model::Timestamp::from_seconds(self.second + self.offset_minutes * 60).to_string();
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = months[local[5..7].parse::<usize>().unwrap() - 1];
        let (sign, offset) = (if self.offset_minutes < 0 { '-' } else { '+' }, self.offset_minutes.abs());
        format!(
            "{} - {} [{}/{month}/{}:{} {sign}{:02}{:02}] \"{} {} {}\" {} {} \"{}\" \"{}\"",
            self.peer,
            self.user,
            &local[8..10],
            &local[..4],
            &local[11..19],
            offset / 60,
            offset % 60,
            self.method,
            escape(&self.target),
            self.protocol,
            self.status,
            self.bytes.map_or("-".to_owned(), |b| b.to_string()),
            escape(&self.referer),
            escape(&self.agent),
        )
    }
}

proptest! {
    #[test]
    fn a_printed_combined_event_reads_back(events in proptest::collection::vec(combined(), 1..6)) {
        let fields = [Field::Named("remote_user".to_owned())];
        let mut parser = LineParser::with_fields(&LogFormat::Combined, &fields).unwrap();
        for event in events {
            let text = event.print();
            let line = parser.parse(text.as_bytes()).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?;
            prop_assert_eq!(line.time, milepost_model::Timestamp::from_seconds(event.second));
            prop_assert_eq!(line.method, &event.method);
            prop_assert_eq!(line.target, &escape(&event.target));
            prop_assert_eq!(line.status, Some(event.status));
            prop_assert_eq!(line.bytes, event.bytes);
            prop_assert_eq!(line.referer.unwrap_or("-"), &escape(&event.referer));
            prop_assert_eq!(line.user_agent.unwrap_or("-"), &escape(&event.agent));
            prop_assert_eq!(line.peer, Some(event.peer.as_str()));
            prop_assert_eq!(line.field(0).unwrap_or("-"), &event.user);
            prop_assert!(!line.trailing && !line.cut && !line.broken_request && !line.lossy);
        }
    }

    #[test]
    fn combined_and_its_declaration_agree(event in combined(), tail in "( \"x\")?") {
        let declared = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#;
        let mut declared = LineParser::new(&declared.parse::<LogFormat>().unwrap());
        let mut combined = LineParser::new(&LogFormat::Combined);
        let text = event.print() + &tail;
        // A user with ` [` in the name ends there for a declaration, which knows nothing but the text between.
        prop_assume!(!event.user.contains(" ["));
        let (one, other) = (combined.parse(text.as_bytes()), declared.parse(text.as_bytes()));
        prop_assert_eq!(describe(&one, &[]), describe(&other, &[]), "{}", text);
    }

    #[test]
    fn a_combined_line_cut_anywhere_after_its_status_keeps_time_request_and_status(event in combined(), cut in any::<prop::sample::Index>()) {
        let text = event.print();
        let prefix = text.len() - escape(&event.agent).len() - escape(&event.referer).len() - 7
            - event.bytes.map_or(1, |b| b.to_string().len());
        let bytes = text.as_bytes();
        let at = prefix + cut.index(text.len() - prefix);
        let mut parser = LineParser::new(&LogFormat::Combined);
        let line = parser.parse(&bytes[..at]).map_err(|e| TestCaseError::fail(format!("{e}: {text}")))?;
        prop_assert!(line.cut);
        prop_assert_eq!((line.target.to_owned(), line.status), (escape(&event.target), Some(event.status)));
    }

    #[test]
    fn what_was_parsed_before_never_changes_what_a_line_means(lines in proptest::collection::vec(combined(), 1..8)) {
        for format in formats() {
            let mut parser = LineParser::new(&format);
            for line in &lines {
                let text = line.print();
                let fresh = describe(&LineParser::new(&format).parse(text.as_bytes()), &[]);
                prop_assert_eq!(describe(&parser.parse(text.as_bytes()), &[]), fresh);
            }
        }
    }

    #[test]
    fn no_text_near_a_line_makes_a_parser_panic(event in combined(), cuts in proptest::collection::vec((any::<prop::sample::Index>(), ".{0,3}"), 1..4)) {
        let samples = [
            include_str!("../samples/envoy.log"),
            include_str!("../samples/haproxy.log"),
            include_str!("../samples/json.log"),
            include_str!("../samples/declared.log"),
        ];
        let mut lines: Vec<String> = samples.iter().flat_map(|log| log.lines()).map(str::to_owned).collect();
        lines.push(event.print());
        for format in formats() {
            let mut parser = LineParser::new(&format);
            for line in &lines {
                let mut bytes = line.clone().into_bytes();
                for (at, insert) in &cuts {
                    let at = at.index(bytes.len() + 1);
                    bytes.splice(at..(at + 2).min(bytes.len()), insert.bytes());
                }
                exercise(&mut parser, &bytes);
            }
        }
    }
}

/// Parses a line and looks at all that the event has.
fn exercise(parser: &mut LineParser, line: &[u8]) {
    if let Ok(event) = parser.parse(line) {
        assert!(event.path().len() <= event.target.len().max(1));
        let _ = (event.query(), event.field(0), event.field(99));
        assert!(event.status.is_none_or(|status| (100..1000).contains(&status)));
    }
}

#[test]
fn no_bytes_make_a_parser_panic() {
    let parsers: Vec<LineParser> = formats().iter().map(LineParser::new).collect();
    bolero::check!().with_iterations(20_000).for_each(|input: &[u8]| {
        for mut parser in parsers.iter().cloned() {
            exercise(&mut parser, input);
        }
        if let Some(format) = std::str::from_utf8(input).ok().and_then(|text| text.parse::<LogFormat>().ok()) {
            exercise(&mut LineParser::new(&format), input);
        }
    });
}

/// Lines made to be slow: each is a quarter as long as a line may be and repeats what each search looks for. A parser that
/// looked again from each place would need many minutes for them.
#[test]
fn a_line_of_nothing_but_delimiters_takes_linear_time() {
    let units = ["[", " [", "\"", "\\", "\\\"", "] \"", " ", "{", "[{\"a\":", "\" 20", ", ", " : ", ":", "- - ["];
    let heads = ["", "1.1.1.1 - - [10/Oct/2024:13:55:36 +0000] \"", "{\"request\":\"", "{\"x\":", "{\"path\":"];
    for format in formats() {
        let mut parser = LineParser::new(&format);
        for (head, unit) in heads.iter().flat_map(|head| units.iter().map(move |unit| (head, unit))) {
            let line = format!("{head}{}", unit.repeat(MAX_LINE_BYTES / 4 / unit.len()));
            exercise(&mut parser, line.as_bytes());
        }
    }
}
