//! `kind: AnnotationRules`.

use super::super::forms::{GLOB, NAME, OPERATION, OPERATIONS, PATH, REGEX, STEP_PATH};
use super::super::table::{Field, List, Mapping, Rule, Shape};
use milepost_annotate::{Confidence, Scope};

pub(super) static SPEC: Mapping = Mapping::new(
    "rules",
    None,
    &[
        Field::optional(
            "rules",
            Shape::List(&RULES),
            "rules over single events, each with the keys below",
            "[{match: {path: /inbox}, step: open-inbox, assumes: Only people open the inbox.}]",
        )
        .when("or `traceRules`"),
        Field::optional(
            "traceRules",
            Shape::List(&TRACE_RULES),
            "rules over whole traces, each with the keys below",
            "[{root: web POST /api, when: [cart GET /cart], step: open-cart, assumes: Nobody else reads carts.}]",
        )
        .when("or `rules`"),
    ],
)
.rules(&[Rule::AnyOf(&["rules", "traceRules"])]);

static RULES: List = List::of(Shape::Mapping(&RULE));
static TRACE_RULES: List = List::of(Shape::Mapping(&TRACE_RULE));

const RULE_NAME: Field = Field::optional("name", Shape::Text(&NAME), "to refer to it", "inbox-by-path");
const CONFIDENCE: Field = Field::optional(
    "confidence",
    Shape::Choice(|| [Confidence::High, Confidence::Medium, Confidence::Low].map(Confidence::as_str).into()),
    "how sure one can be of it",
    "high",
)
.default("medium");

static RULE: Mapping = Mapping::new(
    "rule",
    Some("a rule"),
    &[
        RULE_NAME,
        Field::required(
            "match",
            Shape::Mapping(&MATCH),
            "conditions, all of which must hold; the keys are below",
            "{service: webmail, path: /inbox}",
        ),
        Field::optional("step", Shape::Text(&STEP_PATH), "the step, or `objective/step`", "open-inbox")
            .when("or `class`"),
        Field::optional("class", Shape::Text(&NAME), "the traffic class", "batch").when("or `step`"),
        Field::optional(
            "assumes",
            Shape::Prose,
            "what must be true of such requests, in words",
            "Only people open the inbox.",
        )
        .when("with `step`"),
        CONFIDENCE,
    ],
)
.rules(&[Rule::AnyOf(&["step", "class"]), Rule::With("step", "assumes")]);

static TRACE_RULE: Mapping = Mapping::new(
    "trace-rule",
    Some("a trace rule"),
    &[
        RULE_NAME,
        Field::required("root", Shape::Text(&OPERATION), "the operation of the root span", "frontend GET /cart"),
        Field::optional(
            "scope",
            Shape::Choice(|| [Scope::RootChildren, Scope::Trace].map(Scope::as_str).into()),
            "which calls count, those of the root or all",
            "trace",
        )
        .default("root-children"),
        Field::required(
            "when",
            Shape::List(&OPERATIONS),
            "calls that identify the attempt; the rule with most of them wins; `[]` for none",
            "[cart GET /cart]",
        ),
        Field::optional(
            "requires",
            Shape::List(&OPERATIONS),
            "calls without which the attempt failed; they never help to identify it",
            "[prices GET /prices]",
        ),
        Field::required("step", Shape::Text(&STEP_PATH), "the step, or `objective/step`", "open-cart"),
        Field::required(
            "assumes",
            Shape::Prose,
            "what must be true of such requests, in words",
            "Nobody else reads carts.",
        ),
        CONFIDENCE,
    ],
);

const TEXTS: Shape = Shape::Any(&[Shape::List(&GLOBS), Shape::Mapping(&PATTERN)]);
const PATHS: Shape = Shape::Any(&[Shape::List(&PATH_LIST), Shape::Mapping(&PATTERN)]);

static GLOBS: List = List::of(Shape::Text(&GLOB)).filled();
static PATH_LIST: List = List::of(Shape::Text(&PATH)).filled();

/// What a rule can look at; beside these, one query parameter, header or attribute each.
static MATCH: Mapping = Mapping {
    name: "match",
    of: Some("`match`"),
    fields: &[
        Field::optional("service", TEXTS, "the service that tells of the request", "webmail"),
        Field::optional("span", TEXTS, "the name of the span", "GET /inbox*"),
        Field::optional(
            "kind",
            TEXTS,
            "`server`, `client`, `producer`, `consumer` or `internal` for spans, `log` for lines of logs",
            "server",
        ),
        Field::optional("rpc", TEXTS, "service and method of the RPC", "mail.v1.Store/*"),
        Field::optional("method", TEXTS, "the HTTP method, in upper case", "[GET, HEAD]"),
        Field::optional("route", PATHS, "the route that a framework reports, as a shape", "\"/books/{book}\""),
        Field::optional("path", PATHS, "the path of the request, as a shape", "/inbox"),
        Field::optional("query", TEXTS, "the whole query string", "'*page=*'"),
        Field::optional("userAgent", TEXTS, "the user agent, without regard to case", "'*bot*'"),
        Field::optional("peer", TEXTS, "the address that the request came from", "10.0.*"),
        Field::optional("host", TEXTS, "the host that the request was for", "mail.example.com"),
    ],
    open: Some((&["query", "header", "attribute"], TEXTS)),
    rules: &[],
};

static PATTERN: Mapping = Mapping::new(
    "pattern",
    Some("a pattern"),
    &[
        Field::optional(
            "regex",
            Shape::List(&REGEXES),
            "regular expressions, one of which must match: one or a list",
            "'^/v[0-9]+/'",
        )
        .when("or `present`"),
        Field::optional("present", Shape::Flag, "whether it is there at all, whatever it says", "true")
            .when("or `regex`"),
    ],
)
.rules(&[Rule::OneOf(&["regex", "present"])]);

static REGEXES: List = List::of(Shape::Text(&REGEX)).filled();
