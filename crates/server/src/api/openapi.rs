//! `/openapi.json`: the API as other programs read it, made from the table of routes and the types of bodies.

use super::commands::{COMMANDS, Command};
use super::events::{self, ChangesBody, IncidentsBody, LiveBody};
use super::incidents;
use super::problem::ProblemBody;
use super::routes::{FORMAT, Parameter, ROUTES, Route, Schemas, schema};
use super::{ROOT, reply};
use crate::request::RequestId;
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use std::sync::LazyLock;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, Info, License, OpenApiBuilder, PathItem, Paths, Ref, Required, ResponseBuilder,
    ResponsesBuilder,
};

pub(super) const PATH: &str = "/openapi.json";

static DOCUMENT: LazyLock<String> = LazyLock::new(document);

pub(super) async fn serve(id: RequestId, uri: Uri) -> Response {
    match reply::query(&uri).and_then(|query| reply::check(&query, &[])) {
        Ok(()) => {
            ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-cache")], DOCUMENT.as_str()).into_response()
        }
        Err(problem) => problem.response(&id),
    }
}

/// The OpenAPI document, as the repository has it in `schema/openapi.json`.
///
/// # Panics
/// Never: a document of texts can be written.
pub fn document() -> String {
    let mut schemas = Schemas::new();
    let problem = schema::<ProblemBody>(&mut schemas);
    let mut paths = Paths::new();
    for route in ROUTES {
        let body = (route.body)(&mut schemas);
        let operation = operation(route, body, &problem);
        paths.paths.insert(format!("{ROOT}{}", route.path), PathItem::new(HttpMethod::Get, operation));
    }
    for command in COMMANDS {
        let (request, body) = ((command.request)(&mut schemas), (command.body)(&mut schemas));
        let operation = command_operation(command, &request, &body, &problem).build();
        paths.paths.entry(format!("{ROOT}{}", command.path)).or_default().post = Some(operation);
    }
    let live = schema::<LiveBody>(&mut schemas);
    let _named_in_the_words_below = (schema::<IncidentsBody>(&mut schemas), schema::<ChangesBody>(&mut schemas));
    let content = ContentBuilder::new().schema(Some(live)).build();
    let events = ResponseBuilder::new()
        .description(
            "Events `steps`, each with this as its data: all steps first, then those that changed, once a second. Events `incidents` have an \
             `IncidentsEvent`: all incidents that go on first, then those of which something has changed. Events `changes` have a `ChangesEvent`: what was \
             deployed, switched and configured since the one before",
        )
        .content("text/event-stream", content)
        .build();
    let responses =
        ResponsesBuilder::new().response("200", events).response("503", failure("As many follow as may.", &problem));
    let follow = OperationBuilder::new()
        .operation_id(Some("events"))
        .summary(Some("How each step does in the last five minutes, told as it changes"))
        .responses(responses.build());
    paths.paths.insert(format!("{ROOT}{}", events::PATH), PathItem::new(HttpMethod::Get, follow));
    let report = ResponseBuilder::new().description("The incident as Markdown").content(
        "text/markdown",
        ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build(),
    );
    let report = ResponsesBuilder::new()
        .response("200", report.build())
        .response("404", failure("There is no such product or incident.", &problem));
    let report = path_parameters(incidents::REPORT)
        .fold(
            OperationBuilder::new().operation_id(Some("products-product-incidents-incident-report")),
            OperationBuilder::parameter,
        )
        .summary(Some("One incident as a page of Markdown"))
        .responses(report.build());
    paths.paths.insert(format!("{ROOT}{}", incidents::REPORT), PathItem::new(HttpMethod::Get, report));
    let mut info = Info::new("Milepost", "1");
    info.description = Some("Product reliability: what users do, and how well it goes.".to_owned());
    info.license = Some(License::new("Apache-2.0"));
    let components = ComponentsBuilder::new().schemas_from_iter(schemas).build();
    let document = OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build();
    document.to_pretty_json().expect("texts can be written") + "\n"
}

fn operation(route: &Route, body: Ref, problem: &Ref) -> OperationBuilder {
    let query = route.parameters.iter().copied().flatten().chain([&FORMAT]).map(parameter);
    let ok = ResponseBuilder::new()
        .description("As asked for")
        .content("application/json", ContentBuilder::new().schema(Some(body)).build())
        .content(
            "text/csv",
            ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build(),
        );
    let responses = ResponsesBuilder::new()
        .response("200", ok.build())
        .response("304", ResponseBuilder::new().description("What `If-None-Match` names is still so").build())
        .response("400", failure("A parameter is unknown or cannot be used.", problem))
        .response("404", failure("The registry has no such thing.", problem))
        .response(
            "503",
            failure("Too many requests are being answered; `Retry-After` says when to ask again.", problem),
        );
    let operation = OperationBuilder::new().operation_id(Some(id_of(route.path))).summary(Some(route.summary));
    let operation = path_parameters(route.path).chain(query).fold(operation, OperationBuilder::parameter);
    operation.responses(responses.build())
}

fn command_operation(command: &Command, request: &Ref, body: &Ref, problem: &Ref) -> OperationBuilder {
    let json = |schema: &Ref| ContentBuilder::new().schema(Some(schema.clone())).build();
    let answer = |description: &str| {
        ResponseBuilder::new().description(description).content("application/json", json(body)).build()
    };
    let responses = ResponsesBuilder::new()
        .response("200", answer("Done; nothing is new"))
        .response("201", answer("Done"))
        .response("400", failure("What was sent cannot be used: `mistakes` says all that is wrong.", problem))
        .response("401", failure("A token is needed.", problem))
        .response("403", failure(&format!("A token of kind `{}` is needed.", command.needs), problem))
        .response("409", failure("It contradicts what is known.", problem))
        .response("413", failure("What was sent is too long.", problem))
        .response("415", failure("What was sent is not said to be JSON.", problem))
        .response("503", failure("It cannot be done now; `Retry-After` says when to try again.", problem));
    let request = RequestBodyBuilder::new().content("application/json", json(request)).required(Some(Required::True));
    let operation = OperationBuilder::new().operation_id(Some(format!("post-{}", id_of(command.path))));
    let operation = path_parameters(command.path).fold(operation, OperationBuilder::parameter);
    operation.summary(Some(command.summary)).request_body(Some(request.build())).responses(responses.build())
}

fn id_of(path: &str) -> String {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| part.trim_matches(['{', '}'])).collect::<Vec<_>>().join("-")
}

/// The parameters in a path.
fn path_parameters(path: &str) -> impl Iterator<Item = ParameterBuilder> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names.map(|name| {
        let name_of = match name {
            "slo" => "The name of the SLO.".to_owned(),
            "incident" => "The number of the incident.".to_owned(),
            _ => format!("The name of the {name}."),
        };
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        parameter.description(Some(name_of)).schema(Some(ObjectBuilder::new().schema_type(Type::String)))
    })
}

fn parameter(of: &Parameter) -> ParameterBuilder {
    let kind = if of.is_number { Type::Integer } else { Type::String };
    let mut schema = ObjectBuilder::new().schema_type(kind);
    if !of.choices.is_empty() {
        schema = schema.enum_values(Some(of.choices.iter().copied()));
    }
    let parameter = ParameterBuilder::new().name(of.name).parameter_in(ParameterIn::Query).required(Required::False);
    parameter.description(Some(of.description)).schema(Some(schema))
}

fn failure(description: &str, problem: &Ref) -> utoipa::openapi::Response {
    let content = ContentBuilder::new().schema(Some(problem.clone())).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}
