//! What the parsers make of lines as servers write them, and of anything else.

mod properties;
mod real_data;
mod samples;

use super::*;

/// All formats, one declaration among them.
fn formats() -> Vec<LogFormat> {
    let named = LogFormat::NAMED.iter().map(|name| name.parse::<LogFormat>().unwrap());
    named.chain([MAIN.parse::<LogFormat>().unwrap()]).collect()
}

/// nginx's usual format with timings added.
const MAIN: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for" $request_time $upstream_response_time $http_x_region"#;

/// One line for an event or a rejection, leaving out what the event does not have.
fn describe(event: &Result<AccessLine<'_>, Rejected>, fields: &[Field]) -> String {
    let line = match event {
        Ok(line) => line,
        Err(reason) => return format!("rejected: {}", reason.as_str()),
    };
    let status = line.status.map_or("no status".to_owned(), |status| status.to_string());
    let mut text = format!("{} {:?} {:?} {status}", line.time, line.method, line.path());
    let optional = [
        ("query", line.query().map(str::to_owned)),
        ("took", line.duration.map(|d| d.to_string())),
        ("grpc", line.grpc_status.map(|s| s.to_string())),
        ("bytes", line.bytes.map(|b| b.to_string())),
        ("referer", line.referer.map(str::to_owned)),
        ("agent", line.user_agent.map(str::to_owned)),
        ("peer", line.peer.map(str::to_owned)),
        ("host", line.host.map(str::to_owned)),
    ];
    for (name, value) in optional {
        text.extend(value.map(|value| format!(" {name}={value:?}")));
    }
    for (index, field) in fields.iter().enumerate() {
        text.extend(line.field(index).map(|value| format!(" {field:?}={value:?}")));
    }
    let flags = [
        ("client-closed", line.client_closed),
        ("trailing", line.trailing),
        ("cut", line.cut),
        ("broken-request", line.broken_request),
        ("lossy", line.lossy),
    ];
    for (name, _) in flags.into_iter().filter(|(_, set)| *set) {
        text += &format!(" [{name}]");
    }
    text
}
