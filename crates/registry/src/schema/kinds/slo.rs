//! `kind: SLO`.

use super::super::forms::{DURATION, EXPRESSION, NAME, SHARE, STEP_PATH, TARGET, WINDOW, ZONE};
use super::super::table::{Field, List, Mapping, Rule, Shape};
use super::{DESCRIPTION, TITLE};
use milepost_slo::{AlertForm, AlertTier, CalendarUnit, Method, NoData, SliType};

pub(super) static SPEC: Mapping = Mapping::new(
    "slo",
    None,
    &[
        TITLE,
        DESCRIPTION,
        Field::required(
            "step",
            Shape::Text(&STEP_PATH),
            "the step, or `objective/step` for one use of it",
            "compose-mail/send-mail",
        ),
        Field::required("type", Shape::Choice(|| SliType::NAMES.into()), "what of it is promised", "availability"),
        Field::required("target", Shape::Text(&TARGET), "the share that must be good", "99.9%"),
        Field::optional(
            "threshold",
            Shape::Any(&[Shape::Text(&DURATION), Shape::Count]),
            "for `latency` the time within which a success is good; for `throughput` the good events a minute that \
             are enough",
            "300ms",
        )
        .when("latency, throughput"),
        Field::optional(
            "window",
            Shape::Any(&[Shape::Text(&WINDOW), Shape::Mapping(&CALENDAR)]),
            "the time that the target is for: a duration, or a mapping with the keys below",
            "{calendar: month, timeZone: Europe/Zurich}",
        )
        .default("28d"),
        Field::optional("class", Shape::Text(&NAME), "the traffic class that counts", "batch").default("interactive"),
        Field::optional(
            "method",
            Shape::Choice(|| Method::ALL.map(Method::as_str).into()),
            "where it is measured",
            "service",
        )
        .default("service"),
        Field::optional(
            "valid",
            Shape::Text(&EXPRESSION),
            "counts only events for which this expression holds",
            "kind = 'server'",
        ),
        Field::optional(
            "good",
            Shape::Text(&EXPRESSION),
            "which events are good; replaces the type's own answer",
            "error_type IS NULL",
        )
        .when("freshness, correctness, coverage"),
        Field::optional(
            "budgeting",
            Shape::Any(&[Shape::Choice(|| vec!["occurrences"]), Shape::Mapping(&SLICES)]),
            "what is counted: events (`occurrences`), or slices of time with the keys below",
            "{slice: 5m, sliceTarget: 95%}",
        )
        .default("occurrences"),
        Field::optional(
            "alerts",
            Shape::Any(&[Shape::List(&TIERS), Shape::Mapping(&ALERTS)]),
            "when somebody is told: a list of tiers, `[]` for none, or a mapping with the keys below",
            "[page-1h, {ticket: 10%, long: 1d, short: 2h}]",
        ),
    ],
)
.rules(&[
    Rule::Needs { key: "type", values: &["latency", "throughput"], needed: "threshold" },
    Rule::Excludes {
        key: "type",
        values: &["availability", "freshness", "correctness", "coverage"],
        excluded: "threshold",
    },
    Rule::Needs { key: "type", values: &["freshness", "correctness", "coverage"], needed: "good" },
]);

static CALENDAR: Mapping = Mapping::new(
    "window",
    Some("`window`"),
    &[
        Field::required(
            "calendar",
            Shape::Choice(|| CalendarUnit::ALL.map(CalendarUnit::as_str).into()),
            "the period",
            "month",
        ),
        Field::optional(
            "timeZone",
            Shape::Text(&ZONE),
            "where its days begin, by a name of the time-zone database",
            "Europe/Zurich",
        )
        .default("UTC"),
    ],
);

static SLICES: Mapping = Mapping::new(
    "budgeting",
    Some("`budgeting`"),
    &[
        Field::required("slice", Shape::Text(&WINDOW), "how long a slice is, in whole minutes", "5m"),
        Field::optional(
            "sliceTarget",
            Shape::Text(&TARGET),
            "the share that must be good for the slice to be good; left out, slices count by their own share",
            "95%",
        ),
        Field::optional(
            "noData",
            Shape::Choice(|| NoData::ALL.map(NoData::as_str).into()),
            "what a slice without valid events is: it counts neither way (`skip`), or is good or bad",
            "bad",
        )
        .default("skip"),
    ],
);

static TIERS: List =
    List::of(Shape::Any(&[Shape::Choice(|| AlertTier::DEFAULT.map(|(name, _)| name).into()), Shape::Mapping(&TIER)]))
        .distinct();

static ALERTS: Mapping = Mapping::new(
    "alerts",
    Some("`alerts`"),
    &[
        Field::optional(
            "form",
            Shape::Choice(|| AlertForm::ALL.map(AlertForm::as_str).into()),
            "what a tier's share is of: the whole period's budget, or the speed at which it would be spent whatever \
             the traffic",
            "rate",
        )
        .default("share"),
        Field::optional("tiers", Shape::List(&TIERS), "the tiers; left out, the usual ones", "[page-1h, ticket-3d]"),
    ],
);

static TIER: Mapping = Mapping::new(
    "tier",
    Some("a tier"),
    &[
        Field::optional("page", Shape::Text(&SHARE), "somebody is paged at this share of the budget", "2%")
            .when("or `ticket`"),
        Field::optional("ticket", Shape::Text(&SHARE), "a ticket is written at this share of the budget", "10%")
            .when("or `page`"),
        Field::required("long", Shape::Text(&WINDOW), "the time within which that share is spent", "1h"),
        Field::required("short", Shape::Text(&WINDOW), "the time that shows that it goes on", "5m"),
    ],
)
.rules(&[Rule::OneOf(&["page", "ticket"])]);
