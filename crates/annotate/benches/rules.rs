//! What deciding an event costs: claim, rules and declared operations together, for registries of several sizes.
//!
//! `cargo bench -p milepost-annotate --bench rules`. Criterion shows the time of 1,000 events, so microseconds there are
//! nanoseconds an event.

#![expect(clippy::unwrap_used, reason = "in a bench a panic is the report")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use milepost_annotate::{
    Annotator, Confidence, Declarations, FieldPlan, Predicate, Rule, Scratch, Slot, Slots, StepChoice, Subject, Test,
    TextPattern, Value, conflicts,
};
use milepost_model::{ClassId, Name, Operation, OutcomeTable, Stage, Step, StepId, TrafficClass};
use std::hint::black_box;

const EVENTS: usize = 1_000;
const STEPS: usize = 100;
const AGENTS: usize = 200;
const SERVICES: [&str; 8] = ["webmail", "accounts", "contacts", "calendar", "drive", "billing", "search", "admin"];
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
const NOUNS: [&str; 24] = [
    "messages",
    "folders",
    "drafts",
    "threads",
    "labels",
    "attachments",
    "users",
    "groups",
    "events",
    "invitations",
    "files",
    "versions",
    "comments",
    "invoices",
    "payments",
    "cards",
    "queries",
    "results",
    "settings",
    "keys",
    "sessions",
    "devices",
    "contacts",
    "photos",
];
/// What shipped rules look for in user agents: eight rules of ten patterns.
const AGENT_WORDS: [&str; 80] = [
    "*bot*",
    "*crawl*",
    "*spider*",
    "*slurp*",
    "*googleother*",
    "*feedfetcher*",
    "*yandex*",
    "daum/*",
    "*qwantify*",
    "*nutch*",
    "*nuclei*",
    "*sqlmap*",
    "*nikto*",
    "*wpscan*",
    "*whatweb*",
    "*acunetix*",
    "*netsparker*",
    "*nessus*",
    "*openvas*",
    "*qualys*",
    "*zgrab*",
    "*masscan*",
    "*nmap*",
    "*gobuster*",
    "*dirbuster*",
    "*dirsearch*",
    "*feroxbuster*",
    "*wfuzz*",
    "*censys*",
    "*shodan*",
    "kube-probe/*",
    "GoogleHC/*",
    "Envoy/HC*",
    "*healthcheck*",
    "*health-check*",
    "*uptime*",
    "*pingdom*",
    "*statuscake*",
    "*site24x7*",
    "*newrelicpinger*",
    "*nodeping*",
    "*freshping*",
    "*hetrixtools*",
    "*hyperping*",
    "*checkly*",
    "*catchpoint*",
    "*thousandeyes*",
    "*datadog*",
    "Prometheus/*",
    "*blackbox*exporter*",
    "*headlesschrome*",
    "*playwright*",
    "*puppeteer*",
    "*phantomjs*",
    "*selenium*",
    "*webdriver*",
    "*cypress*",
    "*lighthouse*",
    "*gtmetrix*",
    "*sitespeed*",
    "k6/*",
    "*locust*",
    "*jmeter*",
    "*gatling*",
    "*artillery*",
    "*vegeta*",
    "*fortio*",
    "*autocannon*",
    "*bombardier*",
    "h2load/*",
    "*archive.org*",
    "*heritrix*",
    "*httrack*",
    "facebookexternalhit*",
    "*preview*",
    "*embedly*",
    "*flipboard*",
    "WhatsApp/*",
    "*feed*",
    "*newsblur*",
];
/// Guessed addresses, of the form that shipped rules have.
const PATH_SHAPES: [&str; 8] = [
    "/owa/auth/{rest...}",
    "/remote/fgt_lang",
    "/actuator/{rest...}",
    "/solr/admin/{rest...}",
    "/cgi-bin/luci/{rest...}",
    "/nmaplowercheck{number}",
    "/healthz",
    "/metrics",
];
/// Expressions over paths, of the form that shipped rules have.
const PATH_EXPRESSIONS: [&str; 6] = [
    r"(?i)/\.(env|git|svn|hg|bzr|aws|ssh|docker|vscode|idea|npmrc|htpasswd|htaccess|ds_store)([/._~-]|$)",
    r"(?i)(^|/|%2f)(\.\.|\.%2e|%2e\.|%2e%2e|\.%%32%65|%%32%65%%32%65)(/|%2f|$)",
    r"(?i)^/+([^/]+/+){0,2}(wp-(login|config|signup|cron)[^/]*|wp-(admin|content|includes)|xmlrpc\.php)(/|$)",
    r"(?i)^/+((admin|administrator|db|database|mysql|sql|web|tools)/+)?(.?php-?my-?admin[^/]*|pma|adminer[^/]*\.php)(/|$)",
    r"(?i)(/vendor/phpunit/|/eval-stdin\.php|/php[-_]?info([._-]?php)?[0-9]?$|^/+(app_dev\.php|_profiler|telescope)/)",
    r"^/(robots|ads|llms)\.txt$",
];

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).unwrap()
    }

    fn one_of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

/// One route of the system: what rules are made for, and what events are of.
struct Route {
    service: &'static str,
    method: &'static str,
    template: String,
}

/// Routes of three to six segments, each of them once.
fn routes(count: usize) -> Vec<Route> {
    let mut numbers = Numbers(7);
    let mut seen = std::collections::HashSet::new();
    let mut routes = Vec::new();
    while routes.len() < count {
        let service = numbers.one_of(&SERVICES);
        let method = numbers.one_of(&METHODS);
        let mut template = format!("/api/v{}/{}", 1 + numbers.below(2), numbers.one_of(&NOUNS));
        for at in 0..numbers.below(4) {
            match (at + numbers.below(3)) % 2 {
                0 => template.push_str("/{id}"),
                _ => template.push_str(&format!("/{}", numbers.one_of(&NOUNS))),
            }
        }
        if seen.insert((service, method, template.clone())) {
            routes.push(Route { service, method, template });
        }
    }
    routes
}

fn exact(subject: Subject, texts: &[&str]) -> Predicate {
    let patterns = texts.iter().map(|t| TextPattern::glob(t, subject == Subject::UserAgent).unwrap()).collect();
    Predicate { subject, test: Test::Text(patterns) }
}

fn rule(id: String, predicates: Vec<Predicate>, step: Option<StepId>, class: Option<ClassId>) -> Rule {
    let step = step.map(|step| StepChoice { step, objective: None });
    Rule { id, predicates, step, class, assumption: String::new(), confidence: Confidence::High }
}

fn route_rules(routes: &[Route]) -> Vec<Rule> {
    let mut numbers = Numbers(11);
    let of = |(at, route): (usize, &Route)| {
        let path = Test::Path(vec![route.template.parse().unwrap()]);
        let mut predicates = vec![Predicate { subject: Subject::Path, test: path }];
        predicates.push(exact(Subject::Method, &[route.method]));
        if numbers.below(2) == 0 {
            predicates.push(exact(Subject::Service, &[route.service]));
        }
        match numbers.below(10) {
            0 | 1 => predicates.push(exact(Subject::QueryParameter("folder".into()), &["inbox", "sent"])),
            2 => predicates.push(exact(Subject::Header("x-client".into()), &["web*"])),
            _ => {}
        }
        rule(format!("routes/{at}"), predicates, Some(StepId::new(at % STEPS)), None)
    };
    routes.iter().enumerate().map(of).collect()
}

fn agent_rules() -> Vec<Rule> {
    let of = |(at, words): (usize, &[&str])| {
        rule(format!("agents/{at}"), vec![exact(Subject::UserAgent, words)], None, Some(ClassId::new(1 + at % 5)))
    };
    AGENT_WORDS.chunks(10).enumerate().map(of).collect()
}

fn path_rules() -> Vec<Rule> {
    let of = |(at, test): (usize, Test)| {
        let predicates = vec![Predicate { subject: Subject::Path, test }];
        rule(format!("paths/{at}"), predicates, None, Some(ClassId::new(4)))
    };
    let expressions = PATH_EXPRESSIONS.iter().map(|text| Test::Text(vec![TextPattern::regex(text, false).unwrap()]));
    let shapes = Test::Path(PATH_SHAPES.iter().map(|text| text.parse().unwrap()).collect());
    expressions.chain([shapes]).enumerate().map(of).collect()
}

fn steps(routes: &[Route]) -> Vec<Step> {
    let operations: Vec<Operation> =
        routes.iter().map(|r| format!("{} {} {}", r.service, r.method, r.template).parse().unwrap()).collect();
    let step = |at: usize| Step {
        product: Name::new("mail").unwrap(),
        name: Name::new(&format!("step-{at}")).unwrap(),
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
        measure: operations.iter().skip(at).step_by(STEPS).cloned().collect(),
        dependencies: Vec::new(),
        outcomes: OutcomeTable::default(),
    };
    (0..STEPS).map(step).collect()
}

/// What one event says, as text that slots borrow.
struct Event {
    service: &'static str,
    method: &'static str,
    path: String,
    route: Option<String>,
    query: Option<String>,
    agent: String,
    client: Option<&'static str>,
    claim: Option<String>,
}

fn agents() -> Vec<String> {
    let mut numbers = Numbers(3);
    let of = |at: usize| match at % 10 {
        0 => format!("Mozilla/5.0 (compatible; Examplebot/{}.{}; +https://bot.example/about)", at, numbers.below(9)),
        1 => format!("okhttp/4.{}.{}", at, numbers.below(9)),
        2 => format!("kube-probe/1.{at}"),
        3 | 4 => format!(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{at} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
             Version/17.{} Mobile/15E148 Safari/604.1",
            numbers.below(9)
        ),
        _ => format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{at}.0.{}.0 Safari/537.36",
            numbers.below(9000)
        ),
    };
    (0..AGENTS).map(of).collect()
}

/// Four of five events are of a route that is declared; one of ten carries a claim.
fn events(routes: &[Route]) -> Vec<Event> {
    let mut numbers = Numbers(5);
    let agents = agents();
    let of = |_| {
        let at = numbers.below(routes.len());
        let route = &routes[at];
        let mut path = String::new();
        for segment in route.template.split('/').skip(1) {
            path.push('/');
            if segment == "{id}" {
                path.push_str(&format!("{:x}", 4_000_000 + numbers.below(90_000_000)));
            } else {
                path.push_str(segment);
            }
        }
        if numbers.below(5) == 0 {
            path.push_str("/undeclared");
        }
        let folder = numbers.one_of(&["inbox", "sent", "spam"]);
        Event {
            service: route.service,
            method: route.method,
            path,
            // Half of them are spans of servers that say which route they matched.
            route: (numbers.below(2) == 0).then(|| route.template.clone()),
            query: (numbers.below(3) == 0).then(|| format!("page={}&folder={folder}", numbers.below(40))),
            // A few agents come often, the others now and then.
            agent: agents[numbers.below(AGENTS).min(numbers.below(AGENTS))].clone(),
            client: (numbers.below(4) == 0).then_some("web-7.2"),
            claim: (numbers.below(10) == 0)
                .then(|| format!("1.mail.-.step-{}.interactive.-.17.5f0a77c1d2e34b5f9a", at % STEPS)),
        }
    };
    (0..EVENTS).map(of).collect()
}

fn slots<'e>(plan: &FieldPlan, event: &'e Event, client: Slot) -> Slots<'e> {
    let mut slots = plan.slots();
    let optional = |text: Option<&'e str>| text.map_or(Value::Missing, Value::Text);
    slots.set(Slot::SERVICE, Value::Text(event.service));
    slots.set(Slot::KIND, Value::Text(if event.route.is_some() { "server" } else { "log" }));
    slots.set(Slot::ROUTE, optional(event.route.as_deref()));
    slots.set(Slot::METHOD, Value::Text(event.method));
    slots.set(Slot::PATH, Value::Text(&event.path));
    slots.set(Slot::QUERY, optional(event.query.as_deref()));
    slots.set(Slot::USER_AGENT, Value::Text(&event.agent));
    slots.set(Slot::PEER, Value::Text("192.0.2.17"));
    slots.set(Slot::HOST, Value::Text("mail.example"));
    slots.set(Slot::HTTP_STATUS, Value::Int(200));
    slots.set(client, optional(event.client));
    slots.set(Slot::ANNOTATION, optional(event.claim.as_deref()));
    slots
}

/// A registry of so many route rules, and 1,000 of its events.
struct Bench {
    steps: Vec<Step>,
    rules: Vec<Rule>,
    events: Vec<Event>,
}

impl Bench {
    fn new(count: usize, more: Vec<Rule>) -> Self {
        let routes = routes(if count == 0 { 500 } else { count });
        let mut rules = route_rules(&routes[..count]);
        rules.extend(agent_rules());
        rules.extend(more);
        Self { steps: steps(&routes), rules, events: events(&routes) }
    }

    fn annotator(&self, plan: &mut FieldPlan) -> Annotator {
        let classes = TrafficClass::BUILT_IN.map(|(name, _)| TrafficClass::new(name).unwrap());
        let declared = Declarations {
            steps: &self.steps,
            objectives: &[],
            services: &[],
            classes: &classes,
            rules: &self.rules,
            trace_rules: &[],
        };
        Annotator::new(&declared, plan)
    }
}

fn annotate(c: &mut Criterion) {
    let mut group = c.benchmark_group("rules");
    group.throughput(Throughput::Elements(EVENTS as u64));
    let cases = [
        // What everything else costs: events of 500 declared routes without a rule for any of them.
        ("annotate", 0, Vec::new()),
        ("annotate", 50, Vec::new()),
        ("annotate", 500, Vec::new()),
        ("annotate", 5_000, Vec::new()),
        ("annotate-with-guessed-addresses", 500, path_rules()),
    ];
    for (name, count, more) in cases {
        let bench = Bench::new(count, more);
        let mut plan = FieldPlan::default();
        let annotator = bench.annotator(&mut plan);
        let client = plan.want_header("x-client");
        let slots: Vec<Slots<'_>> = bench.events.iter().map(|event| slots(&plan, event, client)).collect();
        let mut scratch = Scratch::default();
        group.bench_function(BenchmarkId::new(name, count), |b| {
            b.iter(|| {
                for slots in &slots {
                    black_box(annotator.annotate(black_box(slots), &mut scratch));
                }
            });
        });
        group.bench_function(BenchmarkId::new(format!("{name}-nothing-remembered"), count), |b| {
            b.iter_with_setup(Scratch::default, |mut scratch| {
                for slots in &slots {
                    black_box(annotator.annotate(black_box(slots), &mut scratch));
                }
            });
        });
    }
    group.finish();
}

fn compile(c: &mut Criterion) {
    let mut group = c.benchmark_group("compile");
    group.sample_size(10);
    for count in [500, 5_000] {
        let bench = Bench::new(count, Vec::new());
        group.bench_function(BenchmarkId::new("annotator", count), |b| {
            b.iter(|| black_box(bench.annotator(&mut FieldPlan::default())));
        });
        group.bench_function(BenchmarkId::new("conflicts", count), |b| b.iter(|| black_box(conflicts(&bench.rules))));
    }
    group.finish();
}

criterion_group!(benches, annotate, compile);
criterion_main!(benches);
