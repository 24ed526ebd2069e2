//! The dashboard of a product: its SLOs at a glance, then a row for each step.

use super::panel::{Place, Query, Unit, data_source, row, stat, time_series};
use crate::metric::{ATTEMPTS, DURATIONS, step_labels};
use milepost_model::{Product, StepPath};
use milepost_registry::Registry;
use milepost_slo::Slo;
use serde_json::{Value, json};

/// The version of Grafana's schema that is written: that of Grafana 10.4 and 11, which later ones read.
const SCHEMA_VERSION: u32 = 39;
/// Longest uid that Grafana takes.
const MAX_UID: usize = 40;

/// The dashboard of a product with these SLOs.
pub(super) fn dashboard(registry: &Registry, product: &Product, slos: &[&Slo]) -> Value {
    let mut board = Board { panels: Vec::new(), y: 0 };
    board.overview(product);
    let mut shown: Vec<(&StepPath, &str)> = Vec::new();
    for slo in slos {
        let of = (&slo.indicator.path, slo.indicator.class.as_str());
        if !shown.contains(&of) {
            shown.push(of);
            let of_row: Vec<&Slo> = slos
                .iter()
                .copied()
                .filter(|other| (&other.indicator.path, other.indicator.class.as_str()) == of)
                .collect();
            board.step(registry, product, &of_row);
        }
    }
    json!({
        "uid": uid(product.name.as_str()),
        "title": format!("{}: reliability by step", product.title),
        "description": "Written by `milepost export grafana`: edit the registry, and export again.",
        "tags": ["milepost", product.name.as_str()],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": true,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-24h", "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "fiscalYearStartMonth": 0,
        "annotations": {"list": [firing(product)]},
        "links": [],
        "templating": {"list": [{
            "name": "datasource",
            "label": "Data source",
            "type": "datasource",
            "query": "prometheus",
            "hide": 0,
            "includeAll": false,
            "multi": false,
            "options": [],
            "refresh": 1,
            "regex": ""
        }]},
        "panels": board.panels
    })
}

/// `milepost-` and the product; of names too long for Grafana a part with a hash of the whole.
fn uid(product: &str) -> String {
    let uid = format!("milepost-{product}");
    if uid.len() <= MAX_UID {
        return uid;
    }
    // FNV-1a: the same on every machine.
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = uid.bytes().fold(0xcbf2_9ce4_8422_2325, fold);
    format!("{}-{:08x}", &uid[..MAX_UID - 9], hash >> 32)
}

/// Marks when burn alerts fired.
fn firing(product: &Product) -> Value {
    json!({
        "name": "Burn alerts",
        "datasource": data_source(),
        "enable": true,
        "iconColor": "red",
        "expr": format!("max by (slo, severity) (ALERTS{{alertname=\"ErrorBudgetBurn\",alertstate=\"firing\",product=\"{}\"}})", product.name),
        "titleFormat": "{{severity}}: {{slo}}",
        "step": "60s"
    })
}

/// Panels, and where the next row begins.
struct Board {
    panels: Vec<Value>,
    y: u32,
}

impl Board {
    fn id(&self) -> u32 {
        u32::try_from(self.panels.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn row(&mut self, title: &str) {
        self.panels.push(row(self.id(), title, self.y));
        self.y += 1;
    }

    fn lines(&mut self, title: &str, x: u32, width: u32, queries: &[Query], unit: Unit) {
        let place = Place { x, y: self.y, width, height: 8 };
        self.panels.push(time_series(self.id(), title, place, queries, unit));
    }

    /// All SLOs of the product.
    fn overview(&mut self, product: &Product) {
        let of = |metric: &str| format!("max by (slo) ({metric}{{product=\"{}\"}})", product.name);
        self.row("All SLOs");
        let left = Query { expr: of("slo:period_error_budget_remaining:ratio"), legend: "{{slo}}" };
        self.lines("Error budget left", 0, 12, &[left], Unit::Share);
        let burn = Query { expr: of("slo:current_burn_rate:ratio"), legend: "{{slo}}" };
        self.lines("Burn rate", 12, 12, &[burn], Unit::Plain);
        self.y += 8;
    }

    /// A step, or one use of it, by its SLOs, its traffic and how long it takes.
    fn step(&mut self, registry: &Registry, product: &Product, slos: &[&Slo]) {
        let Some(first) = slos.first() else { return };
        self.row(&title(registry, first));
        for slo in slos {
            self.slo(slo);
        }
        let labels = step_labels(&product.name, &first.indicator.path, first.indicator.class.as_str());
        let traffic = format!("sum by (outcome) (rate({ATTEMPTS}{{{labels}}}[$__rate_interval]))");
        self.lines("Attempts by outcome", 0, 12, &[Query { expr: traffic, legend: "{{outcome}}" }], Unit::Rate);
        let buckets = format!("sum by (le) (rate({DURATIONS}_bucket{{{labels}}}[$__rate_interval]))");
        // A Prometheus that takes native histograms has no buckets.
        let native = format!("sum(rate({DURATIONS}{{{labels}}}[$__rate_interval]))");
        let quantile = |share: &str, legend| {
            let of = |rate: &str| format!("histogram_quantile({share}, {rate})");
            Query { expr: format!("{} or {}", of(&buckets), of(&native)), legend }
        };
        let quantiles = [quantile("0.5", "half"), quantile("0.9", "90 %"), quantile("0.99", "99 %")];
        self.lines("How long attempts take", 12, 12, &quantiles, Unit::Seconds);
        self.y += 8;
    }

    /// What an SLO promises, what it is, what is left of its budget, and how fast that is spent.
    fn slo(&mut self, slo: &Slo) {
        const STATS: u32 = 4;
        let of = |metric: &str| format!("max({metric}{{product=\"{}\",slo=\"{}\"}})", slo.product, slo.name);
        let period = crate::number::prometheus_duration(slo.window.shortest());
        let bad = of(&format!("slo:sli_error:ratio_rate{period}"));
        let (now, whole) = (of("slo:sli_error:ratio_rate5m"), slo.title.as_str());
        let mut stats = |x: u32, title: &str, expr: String, unit: Unit, steps: &[(Option<f64>, &str)]| {
            let place = Place { x, y: self.y, width: STATS, height: STATS };
            let (id, query) = (self.id(), Query { expr, legend: "" });
            self.panels.push(stat(id, title, place, &query, unit, steps));
        };
        let target = slo.target;
        // Coloured where the target itself is: by what is left of the budget.
        stats(
            0,
            &format!("{whole}: good in {}, target {target}", slo.window),
            format!("1 - {bad}"),
            Unit::Share,
            &[(None, "text")],
        );
        let left = of("slo:period_error_budget_remaining:ratio");
        stats(
            4,
            "Error budget left",
            left,
            Unit::Share,
            &[(None, "red"), (Some(0.0), "orange"), (Some(0.25), "green")],
        );
        let burn = of("slo:current_burn_rate:ratio");
        stats(8, "Burn rate", burn, Unit::Plain, &[(None, "green"), (Some(1.0), "orange"), (Some(6.0), "red")]);
        let queries = [
            Query { expr: format!("1 - {now}"), legend: "5 min" },
            Query { expr: format!("1 - {}", of("slo:sli_error:ratio_rate1h")), legend: "1 h" },
            Query { expr: of("slo:objective:ratio"), legend: "target" },
        ];
        let place = Place { x: 12, y: self.y, width: 12, height: STATS };
        self.panels.push(time_series(self.id(), "Good", place, &queries, Unit::Share));
        self.y += STATS;
    }
}

/// The objective and the step in people's words, with the class where it is not the usual one.
fn title(registry: &Registry, slo: &Slo) -> String {
    let path = &slo.indicator.path;
    let step = registry.step(&slo.product, &path.step).map(|id| registry.steps[id.index()].title.as_str());
    let step = step.unwrap_or(path.step.as_str());
    let mut of_product = registry.objectives.iter().filter(|objective| objective.product == slo.product);
    let objective = of_product.find(|objective| Some(&objective.name) == path.objective.as_ref());
    let title = objective.map_or_else(|| step.to_owned(), |objective| format!("{} > {step}", objective.title));
    match &slo.indicator.class {
        class if *class == milepost_model::TrafficClass::default() => title,
        class => format!("{title} ({class})"),
    }
}
