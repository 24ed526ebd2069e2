//! Maintenance of the registry as silences: which there should be now, and how each is written.

use milepost_model::{Minute, Timestamp};
use milepost_registry::Registry;
use milepost_slo::{Maintenance, Period};
use serde::{Deserialize, Serialize};

/// By which whose silences are is told.
const CREATED_BY: &str = "milepost";
/// What the comment of each begins with.
const COMMENT: &str = "Maintenance ";
const DAY_MINUTES: i64 = 24 * 60;
/// How many days before and after today stretches of a maintenance are looked for: one that is longer is silenced day by day.
const LOOKED_AT_DAYS: i64 = 40;
/// Silences are there so long before they begin, so that a server that stops meanwhile changes nothing.
const AHEAD_MINUTES: i64 = 60;
/// Most SLOs that a silence names one by one.
const MOST_NAMED: usize = 500;

/// A silence as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) product: String,
    /// The first line of its comment: which stretch of which maintenance it is.
    pub(super) key: String,
    matchers: Vec<Matcher>,
    reason: String,
    period: Period,
}

/// What a silence is about, as Alertmanager writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Matcher {
    name: String,
    value: String,
    is_regex: bool,
    #[serde(default = "equal")]
    is_equal: bool,
}

/// A silence that there is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Present {
    pub(super) id: String,
    status: Status,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    created_by: String,
    matchers: Vec<Matcher>,
    ends_at: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Status {
    state: String,
}

/// What Alertmanager is told of a silence.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Told<'w> {
    /// That which it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'w str>,
    matchers: &'w [Matcher],
    starts_at: String,
    ends_at: String,
    created_by: &'static str,
    comment: String,
}

fn equal() -> bool {
    true
}

impl Wanted {
    /// The silences that a registry asks for at a time: of each maintenance the stretch that is on, and one that begins within the hour.
    pub(super) fn all(registry: &Registry, now: Timestamp) -> Vec<Self> {
        let silent = registry.maintenances.iter().filter(|maintenance| maintenance.is_silent);
        let of = |maintenance: &Maintenance| -> Vec<Self> {
            let stretches = stretches(maintenance, now);
            if stretches.is_empty() {
                return Vec::new();
            }
            let Some(matchers) = matchers(registry, maintenance) else { return Vec::new() };
            stretches.into_iter().map(|period| Self::new(maintenance, matchers.clone(), period)).collect()
        };
        silent.flat_map(of).collect()
    }

    fn new(maintenance: &Maintenance, matchers: Vec<Matcher>, period: Period) -> Self {
        let (product, name) = (maintenance.product.to_string(), &maintenance.name);
        let title = if maintenance.title.is_empty() { name.as_str() } else { &maintenance.title };
        Self {
            key: format!("{COMMENT}{product}/{name} from {}", period.start.start()),
            matchers,
            reason: format!("{title}: {}", maintenance.correction.reason()),
            product,
            period,
        }
    }

    /// Whether a silence that there is says the same: when one began does not matter any more.
    pub(super) fn is(&self, present: &Present) -> bool {
        let (mut here, mut there) = (self.matchers.clone(), present.matchers.clone());
        here.sort();
        there.sort();
        here == there && present.ends_at.parse() == Ok(self.period.end.start())
    }

    /// What to tell, in the place of another.
    pub(super) fn told<'w>(&'w self, id: Option<&'w str>) -> Told<'w> {
        Told {
            id,
            matchers: &self.matchers,
            starts_at: self.period.start.start().to_string(),
            ends_at: self.period.end.start().to_string(),
            created_by: CREATED_BY,
            comment: format!("{}\n{}", self.key, self.reason),
        }
    }
}

impl Present {
    /// Whether it is one that Milepost made for a product, and has not ended.
    pub(super) fn is_ours(&self, is_product: impl Fn(&str) -> bool) -> bool {
        let product = self.comment.strip_prefix(COMMENT).and_then(|rest| rest.split('/').next());
        self.created_by == CREATED_BY && self.status.state != "expired" && product.is_some_and(is_product)
    }

    /// Which stretch of which maintenance it is.
    pub(super) fn key(&self) -> &str {
        self.comment.lines().next().unwrap_or_default()
    }
}

/// Stretches that are on at a time, or begin soon after. Where they are looked for changes once a day, so that what it cuts stays the same all day.
fn stretches(maintenance: &Maintenance, now: Timestamp) -> Vec<Period> {
    let now = now.minute().number();
    let today = now.div_euclid(DAY_MINUTES);
    let day = |days: i64| Minute::new((today + days) * DAY_MINUTES);
    let mut found = maintenance.correction.periods(Period::new(day(-LOOKED_AT_DAYS), day(LOOKED_AT_DAYS)));
    found.retain(|period| period.end.number() > now && period.start.number() <= now + AHEAD_MINUTES);
    found
}

/// What the alerts of a maintenance's SLOs have in common; `None` where it is about none.
fn matchers(registry: &Registry, maintenance: &Maintenance) -> Option<Vec<Matcher>> {
    let names: Vec<String> = (registry.slos_of(maintenance))
        .map(|of| {
            let is_open = registry.open_slos.iter().any(|slo| slo.name.as_str() == of.name);
            // Objectives of a document with several have their place behind the name.
            format!("{}{}", escaped(of.name), if is_open { r"(\.[0-9]+)?" } else { "" })
        })
        .collect();
    let own = registry.slos.iter().filter(|slo| slo.product == maintenance.product).count();
    let bound = registry.open_slos.iter().filter_map(|slo| slo.binding.as_ref());
    let all = own + bound.filter(|binding| binding.product == maintenance.product).count();
    let matcher =
        |name: &str, value: String, is_regex| Matcher { name: name.to_owned(), value, is_regex, is_equal: true };
    let product = matcher("product", maintenance.product.to_string(), false);
    match names.len() {
        0 => None,
        // Of a whole product its SLOs need not be named, nor their number be bounded.
        number if number == all => Some(vec![product, matcher("slo", ".+".to_owned(), true)]),
        number if number > MOST_NAMED => {
            tracing::warn!(
                maintenance = %maintenance.name,
                slos = number,
                "a maintenance of so many SLOs, and not of all of its product, makes no silence"
            );
            None
        }
        _ => Some(vec![product, matcher("slo", names.join("|"), true)]),
    }
}

/// A name in a regular expression.
fn escaped(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, c| {
        if matches!(c, '.' | '|' | '\\' | '/') {
            text.push('\\');
        }
        text.push(c);
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "apiVersion: milepost/v1
kind: Product
metadata: {name: shop}
spec: {title: Shop, description: A shop., owner: o}
---
{apiVersion: milepost/v1, kind: Objective, metadata: {name: buy}, spec: {description: Someone buys., steps: [order, pay]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: order}, spec: {description: d, start: s, success: t, measure: [web POST /orders]}}
---
{apiVersion: milepost/v1, kind: Step, metadata: {name: pay}, spec: {description: d, start: s, success: t, measure: [web POST /pay]}}
---
{apiVersion: milepost/v1, kind: Service, metadata: {name: web}, spec: {owner: o}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: orders}, spec: {step: order, type: availability, target: 99%}}
---
{apiVersion: milepost/v1, kind: SLO, metadata: {name: payments}, spec: {step: pay, type: availability, target: 99%}}
---
apiVersion: milepost/v1
kind: Maintenance
metadata: {name: disks}
spec:
  from: 2026-01-31T22:00
  to: 2026-01-31T23:00
  reason: Disks are changed.
  author: web-team
  approver: product-manager
  recordedOn: 2026-01-30
";

    fn wanted(scope: &str, at: &str) -> Vec<Wanted> {
        let read = milepost_registry::read_texts([("shop.yaml", format!("{SHOP}{scope}").as_str())]);
        let registry = read.registry.unwrap_or_else(|| panic!("{}", read.diagnostics.render(false)));
        Wanted::all(&registry, at.parse().unwrap())
    }

    #[test]
    fn a_silence_is_there_an_hour_before_until_the_maintenance_ends() {
        let is_there = |at: &str| !wanted("", at).is_empty();
        let times = ["20:59", "21:00", "22:30", "22:59", "23:00"].map(|at| is_there(&format!("2026-01-31T{at}Z")));
        assert_eq!(times, [false, true, true, true, false]);
    }

    #[test]
    fn it_is_about_the_slos_of_the_maintenance_and_of_its_product_only() {
        let told = |scope: &str| serde_json::to_value(wanted(scope, "2026-01-31T22:00Z")[0].told(None)).unwrap();
        let some = told("  appliesTo: {steps: [pay]}\n");
        let matchers = serde_json::json!([
            {"name": "product", "value": "shop", "isRegex": false, "isEqual": true},
            {"name": "slo", "value": "payments", "isRegex": true, "isEqual": true},
        ]);
        assert_eq!(some["matchers"], matchers);
        assert_eq!(
            (&some["startsAt"], &some["endsAt"]),
            (&"2026-01-31T22:00:00Z".into(), &"2026-01-31T23:00:00Z".into())
        );
        assert_eq!(some["comment"], "Maintenance shop/disks from 2026-01-31T22:00:00Z\ndisks: Disks are changed.");
        assert_eq!(told("")["matchers"][1]["value"], ".+");
        assert_eq!(escaped("a.b/c"), r"a\.b\/c");
    }

    #[test]
    fn what_others_made_is_not_ours() {
        let present = |by: &str, comment: &str, state: &str| {
            let text = serde_json::json!({
                "id": "1", "status": {"state": state}, "comment": comment, "createdBy": by, "matchers": [],
                "endsAt": "2026-01-31T23:00:00.000Z",
            });
            serde_json::from_value::<Present>(text).unwrap().is_ours(|product| product == "shop")
        };
        let ours = "Maintenance shop/disks from 2026-01-31T22:00:00Z\ndisks: Disks are changed.";
        assert!(present("milepost", ours, "active") && present("milepost", ours, "pending"));
        assert!(!present("milepost", ours, "expired"));
        assert!(!present("somebody", ours, "active"));
        assert!(!present("milepost", "Maintenance mail/disks from now", "active"));
        assert!(!present("milepost", "by hand", "active"));
    }
}
