//! Error budget policies: what happens when how much of a budget is spent, for which SLOs, and who has agreed.

use super::of::Of;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::{count, list};
use milepost_model::Name;
use milepost_slo::{BudgetThreshold, ErrorBudgetPolicy};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Budgets<'r> {
    budget_policies: Vec<PolicyRecord<'r>>,
    slos_without_policy: Vec<SloRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct PolicyRecord<'r> {
    product: &'r str,
    name: &'r str,
    title: &'r str,
    description: &'r str,
    thresholds: Vec<ThresholdRecord<'r>>,
    slos: Vec<&'r str>,
    agreed_by: Vec<&'r str>,
    agreed_on: String,
}

#[derive(Debug, Serialize)]
struct ThresholdRecord<'r> {
    spent: String,
    actions: &'r [String],
}

#[derive(Debug, Serialize)]
struct SloRecord<'r> {
    product: &'r str,
    slo: &'r str,
}

impl<'r> Budgets<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        let without = |of: &Of<'r>| {
            let slos = of.promised().filter(|slo| of.registry.budget_policy(*slo).is_none());
            slos.map(|slo| SloRecord { product: of.name(), slo: slo.name }).collect::<Vec<_>>()
        };
        Self {
            budget_policies: products.iter().flat_map(|of| of.budget_policies().map(|one| record(of, one))).collect(),
            slos_without_policy: products.iter().flat_map(without).collect(),
        }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let policies = self.budget_policies.iter().filter(|policy| policy.product == product);
        let mut sheets: Vec<Sheet> = policies.map(sheet).collect();
        if sheets.is_empty() {
            return vec![Sheet::of_note(
                "Nobody has agreed what happens when an error budget is spent: add a document of kind ErrorBudgetPolicy.",
            )];
        }
        let without = self.slos_without_policy.iter().filter(|record| record.product == product);
        let without: Vec<&str> = without.map(|record| record.slo).collect();
        if !without.is_empty() {
            sheets.push(Sheet::of_note(&format!("SLOs under no policy: {}.", list(&without, "and"))));
        }
        sheets
    }
}

fn sheet(policy: &PolicyRecord<'_>) -> Sheet {
    let columns = [("Of the budget is spent", ColumnKind::Words), ("What happens", ColumnKind::Prose)];
    let mut sheet = Sheet::new(&columns).titled(policy.title);
    for threshold in &policy.thresholds {
        let cells = [Cell::line(Style::Strong, &threshold.spent), Cell::lines(Style::Plain, threshold.actions)];
        sheet.row(true, cells);
    }
    sheet.note(policy.description);
    match policy.slos.len() {
        0 => sheet.note("It applies to no SLO."),
        number => sheet.note(&format!("It applies to {}: {}.", count(number, "SLO"), list(&policy.slos, "and"))),
    }
    sheet.note(&format!("Agreed by {} on {}.", list(&policy.agreed_by, "and"), policy.agreed_on));
    sheet
}

fn record<'r>(of: &Of<'r>, policy: &'r ErrorBudgetPolicy) -> PolicyRecord<'r> {
    PolicyRecord {
        product: of.name(),
        name: policy.name.as_str(),
        title: &policy.title,
        description: &policy.description,
        thresholds: policy.thresholds.iter().map(threshold).collect(),
        slos: of.registry.slos_under(policy).map(|slo| slo.name).collect(),
        agreed_by: policy.agreed_by.iter().map(Name::as_str).collect(),
        agreed_on: policy.agreed_on.to_string(),
    }
}

fn threshold(threshold: &BudgetThreshold) -> ThresholdRecord<'_> {
    ThresholdRecord { spent: threshold.spent.to_string(), actions: &threshold.actions }
}
