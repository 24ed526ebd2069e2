//! The key names of JSON access logs.
//!
//! Names are compared in lower case with `-` as `_`; a dot stands for an object within an object, or for itself:
//! `http.request.method` is found either way. Of a list, the first element counts. Where an object has several names
//! for one thing, the one listed first wins.

use crate::access_log::fields::Field;
use hashbrown::HashMap;

/// What a key says of the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// When the request began.
    Start,
    /// When it ended, or when the line was written, which is then.
    End,
    /// The request line.
    Request,
    Method,
    Target,
    Query,
    Status,
    GrpcStatus,
    Bytes,
    Referer,
    UserAgent,
    Peer,
    Host,
    Duration,
    /// Envoy's response flags.
    Flags,
}

impl Role {
    pub(super) const COUNT: usize = Self::Flags as usize + 1;
}

/// The unit of a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Told by the server's other keys: Caddy counts seconds, Envoy milliseconds, Traefik nanoseconds. Without such a
    /// key, a number with decimals is seconds and a whole one milliseconds.
    Unsaid,
    /// A list of seconds, one for each upstream tried.
    UpstreamSeconds,
    Nanos(u64),
}

const SECONDS: Unit = Unit::Nanos(1_000_000_000);
const MILLIS: Unit = Unit::Nanos(1_000_000);
/// Apache's `%D`; hardly any other server counts in these.
pub(super) const MICROS: Unit = Unit::Nanos(1_000);
const NANOS: Unit = Unit::Nanos(1);

/// A server that is recognised by a key that only it writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Server {
    Caddy,
    Envoy,
    Traefik,
}

/// Times, best first. Of [`END`], two are starts all the same: a time in brackets, which is Apache's `%t`, and one beside
/// a duration in microseconds, which is Apache's `%D`.
const START: &str = "\
    startutc startlocal start_time starttime request_start_time request_start time_start timestamp_start \
    timestampstart started_at event.start start";
const END: &str = "\
    msec end_time endtime request_end time_end timestamp_end event.end time_iso8601 ts @timestamp timestamp \
    time time_local datetime date_time date";
const REQUEST: &str = "request request_line requestline http_request request_first_line requestfirstline";
const METHOD: &str = "\
    request_method requestmethod method http_method httpmethod verb request.method :method \
    http.request.method http.method";
/// Those with the query come first.
const TARGET: &str = "\
    request_uri requesturi request.uri x_envoy_original_path x_envoy_origin_path :path requestpath \
    request_target target url.original url.full http.target http.url request.url requesturl request_url uri \
    url path request_path request.path url.path http.path uri_path";
const QUERY: &str = "args query_string querystring query request_query uri_query url.query request.query";
const STATUS: &str = "\
    downstreamstatus status status_code statuscode response_code responsecode response_status http_status \
    http_status_code http.response.status_code http.status_code response.status response.status_code \
    res.statuscode originstatus";
const GRPC_STATUS: &str = "\
    grpc_status grpc_status_code grpc_status_number grpcstatus grpc_code sent_http_grpc_status \
    upstream_trailer_grpc_status upstream_http_grpc_status downstream_grpc_status rpc.grpc.status_code";
const BYTES: &str = "\
    body_bytes_sent bytes_sent downstreamcontentsize size response_size responsesize response_bytes bytes_out \
    bytes_written body_size response_length bytes sent_bytes http.response.body.bytes http.response.bytes \
    http.response.body.size";
const REFERER: &str = "\
    http_referer http_referrer referer referrer request_referer request.headers.referer http.request.referrer \
    http.referer";
const USER_AGENT: &str = "\
    http_user_agent user_agent useragent request_user_agent request.headers.user_agent user_agent.original \
    http.user_agent agent";
const PEER: &str = "\
    clienthost request.client_ip client_ip clientip client.address source.ip source.address client.ip \
    remote_addr remoteaddr remote_ip remoteip request.remote_ip request.remote_addr downstream_remote_address \
    downstream_direct_remote_address clientaddr client_addr client_address remote_host remotehost \
    remote_address client peer";
const HOST: &str = "\
    requesthost request.host authority :authority http_host host url.domain server.address http.host vhost \
    virtual_host server_name servername";
const FLAGS: &str = "response_flags";

const ROLES: &[(Role, &str)] = &[
    (Role::Start, START),
    (Role::End, END),
    (Role::Request, REQUEST),
    (Role::Method, METHOD),
    (Role::Target, TARGET),
    (Role::Query, QUERY),
    (Role::Status, STATUS),
    (Role::GrpcStatus, GRPC_STATUS),
    (Role::Bytes, BYTES),
    (Role::Referer, REFERER),
    (Role::UserAgent, USER_AGENT),
    (Role::Peer, PEER),
    (Role::Host, HOST),
    (Role::Flags, FLAGS),
];

const IN_SECONDS: &str = "\
    request_time duration_s duration_sec duration_seconds request_duration_seconds elapsed_seconds \
    latency_seconds latency_s response_time_s";
const IN_MILLIS: &str = "\
    duration_ms duration_millis request_time_ms request_time_msec response_time_ms latency_ms elapsed_ms \
    time_taken_ms took_ms durationms responsetimems latencyms elapsedms";
const IN_MICROS: &str = "\
    duration_us duration_usec duration_micros duration_microseconds request_time_us request_time_usec \
    response_time_us response_time_usec latency_us elapsed_us time_us time_taken_us microseconds usec";
const IN_NANOS: &str = "event.duration duration_ns duration_nanos latency_ns elapsed_ns";
const IN_UNSAID: &str =
    "duration request_duration response_time responsetime latency elapsed elapsed_time time_taken took process_time";
const OF_UPSTREAM: &str = "upstream_response_time";

/// Durations, best first, and the unit of a bare number; texts with units (`1.5ms`) say it themselves.
const DURATIONS: &[(Unit, &str)] = &[
    (SECONDS, IN_SECONDS),
    (MILLIS, IN_MILLIS),
    (MICROS, IN_MICROS),
    (NANOS, IN_NANOS),
    (Unit::Unsaid, IN_UNSAID),
    (Unit::UpstreamSeconds, OF_UPSTREAM),
];

const SERVERS: &[(Server, &str)] = &[
    (Server::Caddy, "request.uri request.method"),
    (Server::Envoy, "response_flags response_code start_time upstream_service_time"),
    (Server::Traefik, "downstreamstatus startutc startlocal requestpath entrypointname"),
];

/// What a known key is for.
#[derive(Clone, Debug, Default)]
pub(super) struct Key {
    /// The role and how good this name is for it, 0 the best.
    pub(super) role: Option<(Role, u8)>,
    pub(super) unit: Option<Unit>,
    pub(super) server: Option<Server>,
    /// The caller's fields that this key may hold, and how good a name it is.
    pub(super) fields: Vec<(usize, u8)>,
    /// Known keys are inside, if it is an object.
    pub(super) inside: bool,
}

/// Which of the known keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyId(usize);

/// All known keys.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    ids: HashMap<Vec<u8>, KeyId>,
    keys: Vec<Key>,
}

impl Keys {
    pub(super) fn new(fields: &[Field]) -> Self {
        let mut keys = Self { ids: HashMap::new(), keys: Vec::new() };
        for (role, names) in ROLES {
            for (rank, name) in (0..).zip(names.split_ascii_whitespace()) {
                keys.entry(name).role = Some((*role, rank));
            }
        }
        let durations =
            DURATIONS.iter().flat_map(|(unit, names)| names.split_ascii_whitespace().map(move |name| (unit, name)));
        for (rank, (unit, name)) in (0..).zip(durations) {
            let key = keys.entry(name);
            key.role = Some((Role::Duration, rank));
            key.unit = Some(*unit);
        }
        for (server, names) in SERVERS {
            for name in names.split_ascii_whitespace() {
                keys.entry(name).server = Some(*server);
            }
        }
        for (index, field) in fields.iter().enumerate() {
            for (rank, name) in (0..).zip(field.json_keys()) {
                keys.entry(&name).fields.push((index, rank));
            }
        }
        keys
    }

    fn entry(&mut self, name: &str) -> &mut Key {
        for (dot, _) in name.match_indices('.') {
            self.at(&name.as_bytes()[..dot]).inside = true;
        }
        self.at(name.as_bytes())
    }

    fn at(&mut self, path: &[u8]) -> &mut Key {
        let next = KeyId(self.keys.len());
        let id = *self.ids.entry_ref(path).or_insert(next);
        if id == next {
            self.keys.push(Key::default());
        }
        &mut self.keys[id.0]
    }

    /// The key of a normalised path, if it is known.
    pub(super) fn find(&self, path: &[u8]) -> Option<KeyId> {
        self.ids.get(path).copied()
    }

    /// What a key is for.
    pub(super) fn get(&self, id: KeyId) -> &Key {
        &self.keys[id.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_log::fields::normal;

    #[test]
    fn every_alias_is_normalised_and_stands_for_one_thing() {
        let lists = ROLES.iter().map(|(_, names)| *names).chain(DURATIONS.iter().map(|(_, names)| *names));
        let names: Vec<&str> = lists.flat_map(str::split_ascii_whitespace).collect();
        for name in &names {
            assert_eq!(normal(name), *name);
            assert_eq!(names.iter().filter(|n| *n == name).count(), 1, "{name}");
        }
    }
}
