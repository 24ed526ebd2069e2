//! The table of what can be done: each is sent as JSON to a place of its own, by who holds a token of its kind.

use super::ask::Ask;
use super::incidents::{self, IncidentDetail};
use super::problem::Problem;
use super::reply::{self, Reply, Wanted};
use super::routes::{Schemas, object, schema};
use super::{Api, ROOT, changes};
use crate::auth::{Sender, TokenKind};
use crate::request::RequestId;
use axum::body::{Body, to_bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use tokio::time::timeout;
use utoipa::openapi::Ref;

/// One thing that can be done.
pub(super) struct Command {
    /// Below the root of the API; parts in braces are parameters.
    pub(super) path: &'static str,
    /// What it does, in one line.
    pub(super) summary: &'static str,
    /// Which token it needs.
    pub(super) needs: TokenKind,
    /// Longest body, in bytes.
    pub(super) most_bytes: usize,
    /// Adds the schema of what is sent to others.
    pub(super) request: fn(&mut Schemas) -> Ref,
    /// The same of the answer.
    pub(super) body: fn(&mut Schemas) -> Ref,
    pub(super) answer: fn(&Ask<'_>, &Sent<'_>) -> Done,
}

/// What came of it: 201 where something is new, else 200.
pub(super) type Done = Result<(StatusCode, Reply), Problem>;

/// What was sent, and by whom.
pub(super) struct Sent<'s> {
    pub(super) body: &'s [u8],
    pub(super) sender: &'s Sender,
}

/// Everything that can be done.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        path: "/changes",
        summary: "Tells of what was deployed, switched or configured: one change or up to 100, all or none; the same once more changes nothing",
        needs: TokenKind::Change,
        most_bytes: 256 << 10,
        request: changes::request,
        body: object::<changes::Posted>,
        answer: changes::tell,
    },
    Command {
        path: "/products/{product}/incidents/{incident}/acknowledge",
        summary: "Takes an incident: others see who has it",
        needs: TokenKind::Write,
        most_bytes: incidents::command::MOST_BYTES,
        request: schema::<incidents::command::Acknowledge>,
        body: object::<IncidentDetail>,
        answer: incidents::command::acknowledge,
    },
    Command {
        path: "/products/{product}/incidents/{incident}/note",
        summary: "Writes something down in the timeline of an incident",
        needs: TokenKind::Write,
        most_bytes: incidents::command::MOST_BYTES,
        request: schema::<incidents::command::Note>,
        body: object::<IncidentDetail>,
        answer: incidents::command::note,
    },
    Command {
        path: "/products/{product}/incidents/{incident}/override",
        summary: "Says how bad an incident is, beside what the rules give",
        needs: TokenKind::Write,
        most_bytes: incidents::command::MOST_BYTES,
        request: schema::<incidents::command::SayLevel>,
        body: object::<IncidentDetail>,
        answer: incidents::command::say_level,
    },
    Command {
        path: "/products/{product}/incidents/{incident}/remove-override",
        summary: "Takes back what was said of how bad an incident is",
        needs: TokenKind::Write,
        most_bytes: incidents::command::MOST_BYTES,
        request: schema::<incidents::command::RemoveOverride>,
        body: object::<IncidentDetail>,
        answer: incidents::command::remove_override,
    },
    Command {
        path: "/products/{product}/incidents/{incident}/resolve",
        summary: "Says that an incident is over; what is still hit opens no other as long as it is",
        needs: TokenKind::Write,
        most_bytes: incidents::command::MOST_BYTES,
        request: schema::<incidents::command::Resolve>,
        body: object::<IncidentDetail>,
        answer: incidents::command::resolve,
    },
];

/// Which token a request needs.
pub(crate) fn needed(method: &Method, path: &str) -> TokenKind {
    if method.is_safe() {
        return TokenKind::Read;
    }
    let path = path.strip_prefix(ROOT).unwrap_or(path);
    COMMANDS.iter().find(|command| is_at(command.path, path)).map_or(TokenKind::Write, |command| command.needs)
}

fn is_at(template: &str, path: &str) -> bool {
    let (mut parts, mut said) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), said.next()) {
            (None, None) => return true,
            (Some(part), Some(said)) if part == said || part.starts_with('{') && !said.is_empty() => {}
            _ => return false,
        }
    }
}

impl Api {
    /// Does what was asked for.
    pub(super) async fn command(
        self,
        command: &'static Command,
        id: RequestId,
        path: Vec<(String, String)>,
        (uri, headers, sender): (&Uri, &HeaderMap, Sender),
        body: Body,
    ) -> Response {
        let wanted = match wanted(uri, headers) {
            Ok(wanted) => wanted,
            Err(problem) => return problem.response(&id),
        };
        let Ok(body) = to_bytes(body, command.most_bytes).await else {
            return Problem::TooLarge { most_bytes: command.most_bytes }.response(&id);
        };
        let Ok(Ok(place)) = timeout(self.wait, self.places.clone().acquire_owned()).await else {
            return Problem::Busy.response(&id);
        };
        let work = move || {
            let _held_while_working = place;
            let ask = Ask::new(&self.shared, &self.index, path, &wanted);
            let (status, reply) = (command.answer)(&ask, &Sent { body: &body, sender: &sender })?;
            let mut response = reply.response(&wanted, true);
            *response.status_mut() = status;
            Ok(response)
        };
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(response)) => response,
            Ok(Err(problem)) => Problem::response(&problem, &id),
            Err(error) => Problem::Internal(error.to_string()).response(&id),
        }
    }
}

/// JSON, and no parameters. A page of another site cannot send JSON to a server on this machine without asking first.
fn wanted(uri: &Uri, headers: &HeaderMap) -> Result<Wanted, Problem> {
    let query = reply::query(uri)?;
    reply::check(&query, &[])?;
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
    if is_json { Ok(Wanted::json()) } else { Err(Problem::NotJson) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_needs_the_token_of_its_command_and_else_one_that_may_write() {
        assert_eq!(needed(&Method::GET, "/api/v1/changes"), TokenKind::Read);
        assert_eq!(needed(&Method::POST, "/api/v1/changes"), TokenKind::Change);
        assert_eq!(needed(&Method::POST, "/api/v1/changes/more"), TokenKind::Write);
        assert_eq!(needed(&Method::DELETE, "/metrics"), TokenKind::Write);
        assert!(is_at("/incidents/{id}/note", "/incidents/7/note"));
        assert!(!is_at("/incidents/{id}/note", "/incidents//note") && !is_at("/incidents/{id}", "/incidents/7/note"));
    }
}
