//! Tests of the module that this file belongs to.

use super::*;
use crate::oracle::{Fields, predicate, rule};
use milepost_model::{OutcomeTable, Stage, StepUse};

/// A mail product: `send` and `draft` share an operation, `read` has one for itself, and nobody uses a third.
struct Registry {
    steps: Vec<Step>,
    objectives: Vec<Objective>,
    services: Vec<Service>,
    classes: Vec<TrafficClass>,
    rules: Vec<Rule>,
}

const SEND: usize = 0;
const DRAFT: usize = 1;
const READ: usize = 2;
const COMPOSE: usize = 0;
const INTERACTIVE: usize = 0;
const BATCH: usize = 1;

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

fn step(title: &str, measure: &[&str], uses: &[&str]) -> Step {
    let parse = |text: &&str| text.parse().unwrap();
    let need = milepost_model::Need::Required;
    Step {
        product: name("mail"),
        name: name(title),
        title: String::new(),
        description: String::new(),
        owner: None,
        start: String::new(),
        success: Vec::new(),
        failure: Vec::new(),
        abandoned: Vec::new(),
        asynchronous: false,
        tags: Vec::new(),
        criticality: None,
        stage: Stage::Live,
        measure: measure.iter().map(parse).collect(),
        dependencies: uses.iter().map(|t| milepost_model::Dependency { operation: parse(t), need }).collect(),
        outcomes: OutcomeTable::default(),
    }
}

fn objective(title: &str, steps: &[&str]) -> Objective {
    let used = |text: &&str| StepUse {
        step: name(text),
        after: Vec::new(),
        criticality: None,
        optional: false,
        alternative: None,
    };
    Objective {
        product: name("mail"),
        name: name(title),
        title: String::new(),
        description: String::new(),
        owner: None,
        reconfirm_by: None,
        criticality: None,
        stage: Stage::Live,
        steps: steps.iter().map(used).collect(),
    }
}

fn service(title: &str, measured_by: Signal, actions: &[&str]) -> Service {
    Service {
        product: name("mail"),
        name: name(title),
        title: String::new(),
        owner: String::new(),
        actions: actions.iter().map(|text| text.parse().unwrap()).collect(),
        access_log: None,
        measured_by,
        sampling: milepost_model::Sampling::None,
    }
}

impl Registry {
    fn new(rules: Vec<Rule>) -> Self {
        Self {
            steps: vec![
                step("send", &["web POST /messages"], &["outbox mail.Outbox/Enqueue"]),
                step("draft", &["web POST /messages"], &[]),
                step("read", &["web GET /messages/{id}", "logged GET /m"], &[]),
            ],
            objectives: vec![objective("compose", &["send", "draft"]), objective("browse", &["read"])],
            services: vec![service("web", Signal::Spans, &["GET /about"]), service("logged", Signal::Logs, &[])],
            classes: ["interactive", "batch", "test"].iter().map(|c| TrafficClass::new(c).unwrap()).collect(),
            rules,
        }
    }

    /// What an event is; the annotation is returned with its interaction as text of its own.
    fn annotate(&self, fields: &Fields) -> Annotated<'static> {
        self.annotate_from(Trust::Internal, fields)
    }

    fn annotate_from(&self, trust: Trust, fields: &Fields) -> Annotated<'static> {
        let declared = Declarations {
            steps: &self.steps,
            objectives: &self.objectives,
            services: &self.services,
            classes: &self.classes,
            rules: &self.rules,
            trace_rules: &[],
        };
        let mut plan = FieldPlan::default();
        let annotator = Annotator::new(&declared, &mut plan);
        let annotated = annotator.annotate_from(trust, &fields.slots(&mut plan), &mut Scratch::default());
        Annotated {
            interaction: annotated.interaction.map(|_| "i-7").filter(|i| annotated.interaction == Some(*i)),
            ..annotated
        }
    }
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A request to `web` as the span of the server, with a claim.
fn request(method: &str, path: &str, claim: Option<&str>) -> Fields {
    Fields {
        service: text("web"),
        kind: text("server"),
        method: text(method),
        path: text(path),
        annotation: claim.map(str::to_owned),
        ..Fields::default()
    }
}

fn use_of(step: usize, objective: Option<usize>) -> (Option<StepId>, Option<ObjectiveId>) {
    (Some(StepId::new(step)), objective.map(ObjectiveId::new))
}

fn what(annotated: &Annotated<'_>) -> (Option<StepId>, Option<ObjectiveId>) {
    (annotated.step, annotated.objective)
}

fn to_draft() -> Rule {
    let mut rule = rule(vec![predicate("path", &["/messages", "/messages/{id}"])], Some(DRAFT), None);
    rule.step = rule.step.map(|choice| StepChoice { objective: Some(ObjectiveId::new(COMPOSE)), ..choice });
    rule
}

#[test]
fn a_valid_claim_stands_before_rules_and_operations() {
    let claim = Some("1.mail.compose.send.interactive.-.-.i-7");
    let annotated = Registry::new(vec![to_draft()]).annotate(&request("POST", "/messages", claim));
    assert_eq!(what(&annotated), use_of(SEND, Some(COMPOSE)));
    assert_eq!((annotated.claim, annotated.origin, annotated.rule), (Claim::Accepted, Origin::Client, None));
    assert_eq!(annotated.interaction, Some("i-7"));
    assert!(annotated.is_attempt);
}

#[test]
fn a_claim_stands_where_the_operation_is_nobodys_or_not_declared() {
    let registry = Registry::new(vec![]);
    for path in ["/about", "/unheard-of"] {
        let annotated = registry.annotate(&request("GET", path, Some("1.mail.-.send.interactive.-.-.-")));
        assert_eq!(what(&annotated), use_of(SEND, None), "{path}");
        assert_eq!((annotated.claim, annotated.origin), (Claim::Accepted, Origin::Client));
        assert!(!annotated.is_attempt && !annotated.is_other_signal);
    }
}

#[test]
fn a_claim_loses_where_the_operation_is_declared_for_other_steps() {
    let claim = Some("1.mail.-.send.interactive.-.-.i-7");
    // Without a rule the operation decides, since one step alone uses it; with one the rule does.
    let annotated = Registry::new(vec![]).annotate(&request("GET", "/messages/7", claim));
    assert_eq!(what(&annotated), use_of(READ, None));
    assert_eq!((annotated.claim, annotated.origin), (Claim::Overruled, Origin::Operation));
    assert_eq!(annotated.interaction, Some("i-7"));
    let annotated = Registry::new(vec![to_draft()]).annotate(&request("GET", "/messages/7", claim));
    assert_eq!(what(&annotated), use_of(DRAFT, Some(COMPOSE)));
    assert_eq!((annotated.claim, annotated.origin), (Claim::Overruled, Origin::Rule));
    assert_eq!(annotated.rule, Some(RuleId::new(0)));
}

#[test]
fn a_claim_that_cannot_be_read_or_names_nothing_known_decides_no_step() {
    let registry = Registry::new(vec![]);
    for (claim, expected) in [
        (None, Claim::Absent),
        (Some("1.mail.-.sent.interactive.-.-.-"), Claim::UnknownStep),
        (Some("1.post.-.send.interactive.-.-.-"), Claim::UnknownStep),
        (Some("1.mail.travel.send.interactive.-.-.-"), Claim::UnknownStep),
        (Some("2.mail.-.send.interactive.-.-.-"), Claim::UnknownVersion),
        (Some("1.mail.-.send.interactive"), Claim::Invalid),
        (Some("1.Mail.-.send.interactive.-.-.-"), Claim::Invalid),
        (Some(""), Claim::Invalid),
    ] {
        let annotated = registry.annotate(&request("POST", "/messages", claim));
        assert_eq!((annotated.claim, annotated.origin), (expected, Origin::None), "{claim:?}");
        assert_eq!((annotated.step, annotated.class), (None, ClassId::new(INTERACTIVE)), "{claim:?}");
    }
}

#[test]
fn a_claimed_objective_that_does_not_have_the_step_is_left_out() {
    let claim = Some("1.mail.browse.send.interactive.-.-.-");
    let annotated = Registry::new(vec![]).annotate(&request("POST", "/messages", claim));
    assert_eq!((what(&annotated), annotated.claim), (use_of(SEND, None), Claim::Accepted));
}

#[test]
fn a_rule_decides_before_the_operation_and_the_operation_only_for_one_step() {
    let read = |rules| Registry::new(rules).annotate(&request("GET", "/messages/7", None));
    let alone = read(vec![]);
    assert_eq!((what(&alone), alone.origin, alone.is_attempt), (use_of(READ, None), Origin::Operation, true));
    let ruled = read(vec![to_draft()]);
    assert_eq!((what(&ruled), ruled.origin), (use_of(DRAFT, Some(COMPOSE)), Origin::Rule));
    assert!(!ruled.is_attempt, "drafts are not measured there");
    let shared = Registry::new(vec![]).annotate(&request("POST", "/messages", None));
    assert_eq!((shared.step, shared.origin, shared.is_attempt), (None, Origin::None, false));
    assert!(shared.operation.is_some());
}

#[test]
fn a_rule_on_the_route_is_found_also_when_the_path_leads_to_an_operation() {
    let by_route = rule(vec![predicate("route", &["/messages/{id}"])], Some(DRAFT), None);
    let fields = Fields { route: text("/messages/:id"), ..request("GET", "/messages/7", None) };
    let annotated = Registry::new(vec![by_route]).annotate(&fields);
    assert_eq!((what(&annotated), annotated.origin), (use_of(DRAFT, None), Origin::Rule));
    assert!(annotated.operation.is_some());
}

#[test]
fn a_claimed_class_stands_and_interactive_is_as_good_as_none() {
    let monitor = rule(vec![predicate("userAgent", &["*monitor*"])], None, Some(2));
    let registry = Registry::new(vec![monitor]);
    let of = |class: &str, agent: &str| {
        let claim = format!("1.mail.-.send.{class}.-.-.-");
        let fields = Fields { agent: text(agent), ..request("POST", "/messages", Some(&claim)) };
        let annotated = registry.annotate(&fields);
        assert_eq!(annotated.claim, Claim::Accepted);
        (annotated.class.index(), annotated.class_rule.map(RuleId::index))
    };
    assert_eq!(of("batch", "monitor"), (BATCH, None));
    assert_eq!(of("batch", "firefox"), (BATCH, None));
    assert_eq!(of("interactive", "monitor"), (2, Some(0)));
    assert_eq!(of("interactive", "firefox"), (INTERACTIVE, None));
    // A class that the registry does not have is none.
    assert_eq!(of("nightly", "monitor"), (2, Some(0)));
    assert_eq!(of("nightly", "firefox"), (INTERACTIVE, None));
}

#[test]
fn a_claimed_class_stands_also_when_its_step_does_not() {
    let registry = Registry::new(vec![]);
    for (claim, expected) in
        [("1.mail.-.send.batch.-.-.-", Claim::Overruled), ("1.mail.-.gone.batch.-.-.-", Claim::UnknownStep)]
    {
        let annotated = registry.annotate(&request("GET", "/messages/7", Some(claim)));
        assert_eq!((annotated.claim, annotated.class.index()), (expected, BATCH));
        assert_eq!(what(&annotated), use_of(READ, None));
    }
    let annotated = registry.annotate(&request("GET", "/messages/7", Some("2.mail.-.send.batch.-.-.-")));
    assert_eq!(annotated.class.index(), INTERACTIVE);
}

#[test]
fn a_claim_from_anywhere_gives_a_step_and_no_class_and_rules_still_do() {
    let monitor = rule(vec![predicate("userAgent", &["*monitor*"])], None, Some(2));
    let registry = Registry::new(vec![monitor]);
    let of = |class: &str, agent: &str| {
        let claim = format!("1.mail.-.send.{class}.-.-.-");
        let fields = Fields { agent: text(agent), ..request("POST", "/messages", Some(&claim)) };
        let annotated = registry.annotate_from(Trust::Public, &fields);
        assert_eq!((annotated.claim, what(&annotated)), (Claim::Accepted, use_of(SEND, None)));
        (annotated.class.index(), annotated.is_class_refused)
    };
    assert_eq!(of("batch", "firefox"), (INTERACTIVE, true));
    assert_eq!(of("test", "monitor"), (2, true));
    assert_eq!(of("interactive", "firefox"), (INTERACTIVE, false));
    assert_eq!(of("interactive", "monitor"), (2, false));
    // A class that the registry does not have would not have stood anyway.
    assert_eq!(of("nightly", "firefox"), (INTERACTIVE, false));
    let overruled = request("GET", "/messages/7", Some("1.mail.-.send.batch.-.-.-"));
    let annotated = registry.annotate_from(Trust::Public, &overruled);
    assert_eq!((annotated.class.index(), annotated.is_class_refused), (INTERACTIVE, true));
    assert!(!registry.annotate(&overruled).is_class_refused);
}

#[test]
fn step_and_class_can_come_from_different_rules() {
    let crawler = rule(vec![predicate("userAgent", &["*bot*"])], None, Some(2));
    let both = rule(vec![predicate("path", &["/messages"]), predicate("header.x-a", &["a"])], Some(SEND), Some(BATCH));
    let registry = Registry::new(vec![crawler, to_draft(), both]);
    let of = |header: Option<&str>| {
        let fields = Fields {
            agent: text("Googlebot"),
            header: header.map(str::to_owned),
            ..request("POST", "/messages", None)
        };
        let annotated = registry.annotate(&fields);
        (annotated.step.map(StepId::index), annotated.rule.map(RuleId::index), annotated.class_rule.map(RuleId::index))
    };
    assert_eq!(of(None), (Some(DRAFT), Some(1), Some(0)));
    assert_eq!(of(Some("a")), (Some(SEND), Some(2), Some(2)));
}

#[test]
fn an_attempt_is_a_servers_span_or_a_log_line_as_the_service_is_measured() {
    let registry = Registry::new(vec![]);
    let of = |service: &str, method: &str, path: &str, kind: &str| {
        let fields = Fields { service: text(service), kind: text(kind), ..request(method, path, None) };
        let annotated = registry.annotate(&fields);
        (annotated.is_attempt, annotated.is_other_signal)
    };
    for kind in ["server", "consumer"] {
        assert_eq!(of("web", "GET", "/messages/7", kind), (true, false), "{kind}");
        assert_eq!(of("logged", "GET", "/m", kind), (false, true), "{kind}");
    }
    assert_eq!(of("web", "GET", "/messages/7", "log"), (false, true));
    assert_eq!(of("logged", "GET", "/m", "log"), (true, false));
    for kind in ["client", "producer", "internal", ""] {
        assert_eq!(of("web", "GET", "/messages/7", kind), (false, false), "{kind}");
        assert_eq!(of("logged", "GET", "/m", kind), (false, false), "{kind}");
    }
}

#[test]
fn an_operation_that_a_step_uses_without_being_measured_there_is_no_attempt() {
    let rpc = Some(("mail.Outbox".to_owned(), "Enqueue".to_owned()));
    let fields = Fields { service: text("outbox"), kind: text("server"), rpc, ..Fields::default() };
    let annotated = Registry::new(vec![]).annotate(&fields);
    assert_eq!((what(&annotated), annotated.origin), (use_of(SEND, None), Origin::Operation));
    assert!(!annotated.is_attempt && !annotated.is_other_signal);
}

#[test]
fn the_users_of_an_operation_are_its_steps_in_order() {
    let registry = Registry::new(vec![]);
    let declared = Declarations {
        steps: &registry.steps,
        objectives: &registry.objectives,
        services: &registry.services,
        classes: &registry.classes,
        rules: &[],
        trace_rules: &[],
    };
    let annotator = Annotator::new(&declared, &mut FieldPlan::default());
    let users = |text: &str| {
        let id = annotator.operations().id(&text.parse().unwrap()).unwrap();
        annotator.users(id).iter().map(|step| step.index()).collect::<Vec<_>>()
    };
    assert_eq!(users("web POST /messages"), [SEND, DRAFT]);
    assert_eq!(users("web GET /messages/{id}"), [READ]);
    assert_eq!(users("web GET /about"), [0; 0]);
}
