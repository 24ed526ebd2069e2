//! `kind: SeverityPolicy`.

use super::super::forms::{CRITICALITIES, CRITICALITY, DATE, IMPACT, NAME, NAMES, STEP_PATHS};
use super::super::table::{Field, List, Mapping, Rule, Shape};
use super::{DESCRIPTION, TITLE};

pub(super) static SPEC: Mapping = Mapping::new(
    "severity-policy",
    None,
    &[
        TITLE,
        DESCRIPTION,
        Field::optional("levels", Shape::List(&NAMES), "the severities, worst first", "[major, medium, minor]")
            .default("[major, medium, minor]"),
        Field::required(
            "rules",
            Shape::List(&RULES),
            "the rules, with the keys below; the worst level that any of them gives counts",
            "[{level: major, scope: {tags: [core]}, impact: \"> 20%\"}]",
        ),
        Field::optional(
            "signedOff",
            Shape::Mapping(&SIGN_OFF),
            "who has agreed, and when; the keys are below",
            "{product: product-manager, engineering: web-team, on: 2026-01-31}",
        ),
        Field::optional(
            "criticality",
            Shape::Map(&NAME, &CRITICALITY),
            "which criticality a level implies, `none` where it is not named",
            "{major: critical}",
        )
        .default("{major: critical, medium: important}"),
    ],
);

static RULES: List = List::of(Shape::Mapping(&RULE)).filled();

static RULE: Mapping = Mapping::new(
    "severity-rule",
    Some("a rule"),
    &[
        Field::required("level", Shape::Text(&NAME), "how bad it is", "major"),
        Field::required(
            "scope",
            Shape::Any(&[Shape::Choice(|| vec!["all"]), Shape::Mapping(&SCOPE)]),
            "what it is about: `all` steps, or what any of the keys below names",
            "{tags: [core]}",
        ),
        Field::required("impact", Shape::Text(&IMPACT), "how much of a step is hit", "\"> 20%\""),
        Field::optional(
            "pooled",
            Shape::Flag,
            "`true` to judge the steps in scope together; each is judged alone otherwise",
            "true",
        )
        .default("false"),
    ],
);

static SCOPE: Mapping = Mapping::new(
    "scope",
    Some("`scope`"),
    &[
        Field::optional("steps", Shape::List(&STEP_PATHS), "steps and uses of steps: one or a list", "[send-mail]"),
        Field::optional("tags", Shape::List(&NAMES), "tags of steps: one or a list", "core"),
        Field::optional("criticality", Shape::List(&CRITICALITIES), "criticalities: one or a list", "critical"),
        Field::optional(
            "kpi",
            Shape::List(&NAMES),
            "KPIs: at the steps that move them, what attempts are worth is judged: one or a list",
            "messages-sent",
        ),
    ],
)
.rules(&[Rule::AnyOf(&["steps", "tags", "criticality", "kpi"])]);

static SIGN_OFF: Mapping = Mapping::new(
    "sign-off",
    Some("`signedOff`"),
    &[
        Field::required("product", Shape::Text(&NAME), "who has agreed for the product", "product-manager"),
        Field::required("engineering", Shape::Text(&NAME), "who has agreed for engineering", "web-team"),
        Field::required("on", Shape::Text(&DATE), "the day on which they did", "2026-01-31"),
    ],
);
