//! Prometheus rule files: recording rules of each SLO by the names that Sloth's dashboards look for, and burn alerts in rate form.
//!
//! Each ratio is a sum of bad events over a sum of all events of the same window, never a mean of ratios. Without events there is no ratio, so that
//! silence neither alerts nor looks good.

mod alerts;
mod labels;
mod recordings;

use crate::metric::Counted;
use crate::number::prometheus_duration;
use crate::remark::Remarks;
use crate::yaml::Yaml;
use labels::Labels;
use milepost_model::{DurationNs, Name};
use milepost_registry::Registry;
use milepost_slo::{AlertForm, AlertTier, Budgeting, Slo, Window};

/// Rules of a registry, a file for each product that has any.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The files, in the order of the products.
    pub files: Vec<RuleFile>,
    /// How many SLOs have rules.
    pub slos: usize,
    /// What is left out, and what is exported in another form.
    pub remarks: Remarks,
}

/// The rules of a product.
#[derive(Clone, Debug)]
pub struct RuleFile {
    /// The product.
    pub product: Name,
    groups: Vec<Yaml>,
}

/// Longest window whose rule is evaluated with the others; what is longer has a group of its own that runs less often.
const LONGEST_OFTEN: DurationNs = DurationNs::from_seconds(3 * 86_400);
/// How often windows beyond that are evaluated: often enough that Prometheus, which looks back five minutes, always sees the last value.
const SELDOM: &str = "2m";

impl Rules {
    /// The rules of all SLOs that Milepost measures.
    pub fn of(registry: &Registry) -> Self {
        let mut rules = Self::default();
        for product in &registry.products {
            let mut groups = Vec::new();
            for slo in registry.slos.iter().filter(|slo| slo.product == product.name) {
                match Exported::of(registry, slo, &mut rules.remarks) {
                    Ok(exported) => {
                        groups.extend(exported.groups());
                        rules.slos += 1;
                    }
                    Err(why) => rules.remarks.leave_out(product.name.as_str(), &slo.name, why),
                }
            }
            if !groups.is_empty() {
                rules.files.push(RuleFile { product: product.name.clone(), groups });
            }
        }
        for slo in &registry.open_slos {
            let product = slo.binding.as_ref().map_or("-", |binding| binding.product.as_str());
            rules.remarks.leave_out(product, &slo.name, "an OpenSLO document is measured by queries of its own");
        }
        rules
    }
}

/// What a rule file begins with.
const HEADER: &str = "# Written by `milepost export prometheus`. Edit the registry, and export again.\n";

/// Several products' rules as one file.
pub fn text<'f>(files: impl IntoIterator<Item = &'f RuleFile>) -> String {
    let groups: Vec<Yaml> = files.into_iter().flat_map(|file| file.groups.iter().cloned()).collect();
    HEADER.to_owned() + &Yaml::map([("groups", Some(Yaml::List(groups)))]).document()
}

/// An SLO with all that its rules are made of.
struct Exported<'r> {
    slo: &'r Slo,
    counted: Counted,
    labels: Labels,
    /// The window of the target.
    period: DurationNs,
    /// The tiers that can fire in rate form.
    tiers: Vec<AlertTier>,
    /// What people read when it fires.
    title: String,
}

impl<'r> Exported<'r> {
    fn of(registry: &'r Registry, slo: &'r Slo, remarks: &mut Remarks) -> Result<Self, String> {
        let counted = Counted::of(slo)?;
        if slo.budgeting != Budgeting::Occurrences {
            return Err("`budgeting` in slices of time counts slices, and the metrics count events".to_owned());
        }
        let Window::Rolling(period) = slo.window else {
            return Err(format!("a {} window begins at a date, which PromQL cannot say", slo.window));
        };
        if period < recordings::SHORTEST {
            return Err(format!("a window of {period} is shorter than those of the rules"));
        }
        let can_fire = |tier: &AlertTier| tier.never_fires(AlertForm::Rate, slo.target, period).is_none();
        let (tiers, idle): (Vec<AlertTier>, Vec<AlertTier>) = slo.alerts.tiers.iter().copied().partition(can_fire);
        if slo.alerts.form == AlertForm::Share && !tiers.is_empty() {
            remarks.change(slo, "alerts are in rate form, whatever the traffic; the registry says `form: share`");
        }
        for tier in idle {
            remarks.change(slo, format!("no alert `{tier}`: in rate form not even an outage fires it"));
        }
        let labels = Labels::of(registry, slo);
        Ok(Self { slo, counted, labels, period, tiers, title: title(registry, slo) })
    }

    fn groups(&self) -> Vec<Yaml> {
        let (often, seldom): (Vec<DurationNs>, Vec<DurationNs>) =
            self.windows().into_iter().partition(|window| *window <= LONGEST_OFTEN);
        let mut rules: Vec<Yaml> = often.into_iter().map(|window| self.ratio(window)).collect();
        rules.extend(self.terms());
        let mut period: Vec<Yaml> = seldom.into_iter().map(|window| self.ratio(window)).collect();
        period.extend(self.of_period());
        // Alerts stand in the group of what they compare, behind it, so that they see what was recorded at the same moment.
        let is_often = self.tiers.iter().all(|tier| tier.long <= LONGEST_OFTEN);
        let alerts = self.alerts();
        let (more, later) = if is_often { (alerts, Vec::new()) } else { (Vec::new(), alerts) };
        rules.extend(more);
        period.extend(later);
        // A name cannot hold what stands between the two, so that no other SLO's groups are called the same.
        let name = format!("milepost/{}/{}", self.slo.product, self.slo.name);
        let group = |name: String, interval: Option<&str>, rules: Vec<Yaml>| {
            Yaml::map([
                ("name", Some(Yaml::Text(name))),
                ("interval", interval.map(Yaml::text)),
                ("rules", Some(Yaml::List(rules))),
            ])
        };
        vec![group(name.clone(), None, rules), group(format!("{name}/period"), Some(SELDOM), period)]
    }

    /// The name of the recording of a window.
    fn ratio_name(window: DurationNs) -> String {
        format!("slo:sli_error:ratio_rate{}", prometheus_duration(window))
    }
}

/// The objective, where there is one, the step and the SLO, in people's words.
fn title(registry: &Registry, slo: &Slo) -> String {
    let path = &slo.indicator.path;
    let step = registry.step(&slo.product, &path.step).map(|id| registry.steps[id.index()].title.as_str());
    let step = step.unwrap_or(path.step.as_str());
    let of_product = registry.objectives.iter().filter(|objective| objective.product == slo.product);
    let objective = of_product.clone().find(|objective| Some(&objective.name) == path.objective.as_ref());
    match objective {
        Some(objective) => format!("{} > {step}: {}", objective.title, slo.title),
        None => format!("{step}: {}", slo.title),
    }
}
