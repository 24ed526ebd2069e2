//! A registry's own SLO as OpenSLO says it: a ratio of counters in Prometheus, bound to its step.

use crate::metric::Counted;
use crate::number::{decimal, rounded_nanos};
use crate::remark::Remarks;
use milepost_model::DurationNs;
use milepost_registry::Registry;
use milepost_slo::open::{
    AlertCondition, AlertPolicy, AlertTarget, Binding, Decimal, Metric, OpenBudgeting, OpenIndicator, OpenName,
    OpenObjective, OpenSlo, OpenWindow, Operator, Promise, RatioPart, Shorthand, ShorthandUnit, SliKind, Verbatim,
};
use milepost_slo::{AlertForm, AlertTier, Budgeting, CalendarUnit, NoData, Slo, Window};
use std::sync::Arc;

/// Longest description, as the specification has it.
const MAX_DESCRIPTION_CHARACTERS: usize = 1_050;
/// A Monday that begins a month, a quarter and a year, so that every unit's periods begin with it.
const START: &str = "2024-01-01 00:00:00";

/// The SLO in OpenSLO's terms, or why it has none.
pub(super) fn open_slo(registry: &Registry, slo: &Slo, remarks: &mut Remarks) -> Result<OpenSlo, String> {
    let counted = Counted::of(slo)?;
    let indicator = OpenIndicator::Ratio {
        counter: true,
        part: RatioPart::Good(prometheus(&counted.good)),
        total: prometheus(&counted.total),
    };
    let objective = OpenObjective {
        title: String::new(),
        target: slo.target,
        comparison: None,
        budgeting: budgeting(slo, remarks)?,
    };
    Ok(OpenSlo {
        name: open_name(slo.name.as_str())?,
        title: slo.title.clone(),
        description: description(slo, remarks),
        service: service(registry, slo),
        binding: Some(Binding {
            product: slo.product.clone(),
            path: slo.indicator.path.clone(),
            method: slo.indicator.method,
            kind: SliKind::NAMED
                .into_iter()
                .find(|(name, _)| *name == slo.indicator.sli.as_str())
                .map(|(_, kind)| kind),
        }),
        window: window(&slo.window),
        promise: Promise::Plain { indicator: Arc::new(indicator), objectives: vec![objective] },
        alert_policies: policies(slo)?,
    })
}

fn open_name(text: &str) -> Result<OpenName, String> {
    text.parse().map_err(|error| format!("`{text}` is no name in OpenSLO: {error}"))
}

/// All that a counter's series counted.
fn prometheus(selector: &str) -> Metric {
    let query = ("query".to_owned(), Verbatim::Text(format!("sum({selector})")));
    Metric { source_type: Arc::from("Prometheus"), source: None, spec: Verbatim::Map(vec![query]) }
}

/// Where the step is measured first; the product where no operation is.
fn service(registry: &Registry, slo: &Slo) -> String {
    let step = registry.step(&slo.product, &slo.indicator.path.step).map(|id| &registry.steps[id.index()]);
    let measured = step.and_then(|step| step.measure.first());
    measured.map_or(&slo.product, |operation| &operation.service).to_string()
}

fn description(slo: &Slo, remarks: &mut Remarks) -> String {
    let characters = slo.description.chars().count();
    if characters <= MAX_DESCRIPTION_CHARACTERS {
        return slo.description.clone();
    }
    let why = format!("its description is cut to the {MAX_DESCRIPTION_CHARACTERS} characters that OpenSLO allows");
    remarks.change(slo, why);
    let cut: String = slo.description.chars().take(MAX_DESCRIPTION_CHARACTERS).collect();
    cut.trim_end().to_owned()
}

fn budgeting(slo: &Slo, remarks: &mut Remarks) -> Result<OpenBudgeting, String> {
    let (budgeting, no_data) = match slo.budgeting {
        Budgeting::Occurrences => return Ok(OpenBudgeting::Occurrences),
        Budgeting::Timeslices { slice, target, no_data } => {
            let share =
                decimal(target.nanos().into()).parse().map_err(|_| format!("`{target}` is no share in OpenSLO"))?;
            (OpenBudgeting::Timeslices { slice, target: share }, no_data)
        }
        Budgeting::RatioTimeslices { slice, no_data } => (OpenBudgeting::RatioTimeslices { slice }, no_data),
    };
    if no_data != NoData::Skip {
        let why =
            format!("`noData: {}` is not written: OpenSLO does not say what a slice without data is", no_data.as_str());
        remarks.change(slo, why);
    }
    Ok(budgeting)
}

fn window(window: &Window) -> OpenWindow {
    match window {
        Window::Rolling(duration) => OpenWindow::Rolling(*duration),
        Window::Calendar(unit, zone) => OpenWindow::Calendar {
            length: Shorthand { count: 1, unit: calendar_unit(*unit) },
            start: START.to_owned(),
            time_zone: zone.clone(),
        },
    }
}

fn calendar_unit(unit: CalendarUnit) -> ShorthandUnit {
    match unit {
        CalendarUnit::Day => ShorthandUnit::Day,
        CalendarUnit::Week => ShorthandUnit::Week,
        CalendarUnit::Month => ShorthandUnit::Month,
        CalendarUnit::Quarter => ShorthandUnit::Quarter,
        CalendarUnit::Year => ShorthandUnit::Year,
    }
}

/// A policy for each tier: OpenSLO's have one condition, and conditions one window.
fn policies(slo: &Slo) -> Result<Vec<Arc<AlertPolicy>>, String> {
    let tiers = &slo.alerts.tiers;
    let of = |tier: &AlertTier| {
        let is_alone = tiers.iter().filter(|other| other.name() == tier.name()).count() == 1;
        let name =
            if is_alone { tier.name() } else { format!("{}-{}-{}", tier.name(), tier.short, tier.share.nanos()) };
        policy(slo, *tier, &name).map(Arc::new)
    };
    let mut policies: Vec<Arc<AlertPolicy>> = Vec::new();
    for policy in tiers.iter().map(of) {
        let policy = policy?;
        // Two tiers that are the same alert once.
        if !policies.iter().any(|other| other.name == policy.name) {
            policies.push(policy);
        }
    }
    Ok(policies)
}

fn policy(slo: &Slo, tier: AlertTier, name: &str) -> Result<AlertPolicy, String> {
    let form = slo.alerts.form;
    let rate = tier.burn_rate(form, slo.window.shortest());
    // OpenSLO's numbers have 9 digits after the point.
    let threshold: Result<Decimal, _> = decimal(rounded_nanos(rate)).parse();
    let threshold = threshold.map_err(|error| format!("the burn rate of `{name}` cannot be written: {error}"))?;
    let operator = if form == AlertForm::Rate { Operator::Above } else { Operator::AtLeast };
    let urgency = tier.urgency.as_str();
    let condition = AlertCondition {
        name: open_name(name)?,
        severity: urgency.to_owned(),
        operator: Some(operator),
        threshold,
        lookback: tier.long,
        after: DurationNs::from_nanos(0),
    };
    Ok(AlertPolicy {
        name: open_name(name)?,
        when_breaching: true,
        when_resolved: true,
        when_no_data: false,
        condition: Arc::new(condition),
        targets: vec![Arc::new(AlertTarget { name: open_name(urgency)?, target: urgency.to_owned() })],
    })
}
