//! How important the uses of steps are: as declared, and as the severity rules imply.

use super::of::{Of, Use};
use super::severity::sentence;
use super::sheet::{Cell, ColumnKind, Sheet, Style};
use super::words::{capital, meaning, source};
use milepost_impact::{Implications, SeverityPolicy};
use milepost_model::Criticality;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Criticalities<'r> {
    criticality: Vec<UseRecord<'r>>,
}

#[derive(Debug, Serialize)]
struct UseRecord<'r> {
    product: &'r str,
    objective: Option<&'r str>,
    step: &'r str,
    title: String,
    declared: &'static str,
    declared_at: &'static str,
    implied: Option<ImpliedRecord>,
    /// Whether both say the same; nothing where one of them says nothing.
    agrees: Option<bool>,
    #[serde(skip)]
    level: Criticality,
    #[serde(skip)]
    objective_title: Option<&'r str>,
    #[serde(skip)]
    source: &'static str,
    #[serde(skip)]
    is_declared: bool,
}

#[derive(Debug, Serialize)]
struct ImpliedRecord {
    criticality: &'static str,
    severity: String,
    rule: String,
}

impl<'r> Criticalities<'r> {
    pub(super) fn of(products: &[Of<'r>]) -> Self {
        Self { criticality: products.iter().flat_map(records).collect() }
    }

    pub(super) fn sheets(&self, product: &str) -> Vec<Sheet> {
        let uses: Vec<&UseRecord<'r>> = self.criticality.iter().filter(|used| used.product == product).collect();
        if uses.is_empty() {
            let note = "There is nothing to be important yet: add documents of kind Objective with criticality, and of kind Step.";
            return vec![Sheet::of_note(note)];
        }
        vec![definition(&uses), comparison(&uses)]
    }
}

fn records<'r>(of: &Of<'r>) -> Vec<UseRecord<'r>> {
    let uses = of.uses();
    let subjects: Vec<_> = uses.iter().map(|used| used.subject(of.product)).collect();
    let policy = of.severity_policy();
    let implications = Implications::new(&policy, &subjects);
    let is_own = of.has_severity_policy();
    let mut records = Vec::new();
    for (used, subject) in uses.iter().zip(&subjects) {
        let implied = implications.criticality(subject);
        let mut record = record(of, used);
        // A product without a policy of its own has only agreed to what these tags say.
        let by_default = [SeverityPolicy::CORE, SeverityPolicy::AUXILIARY];
        let is_decided = is_own || subject.tags.iter().any(|tag| by_default.contains(&tag.as_str()));
        if let Some(rule) = implied.rule.filter(|_| is_decided).map(|at| &policy.rules[at]) {
            record.agrees = record.is_declared.then_some(implied.criticality == record.level);
            record.implied = Some(ImpliedRecord {
                criticality: implied.criticality.as_str(),
                severity: policy.levels[rule.level].to_string(),
                rule: sentence(of, rule),
            });
        }
        records.push(record);
    }
    records
}

fn record<'r>(of: &Of<'r>, used: &Use<'r>) -> UseRecord<'r> {
    let effective = used.criticality();
    UseRecord {
        product: of.name(),
        objective: used.objective.map(|objective| objective.name.as_str()),
        step: used.step.name.as_str(),
        title: used.title(),
        declared: effective.criticality.as_str(),
        declared_at: effective.source.as_str(),
        implied: None,
        agrees: None,
        level: effective.criticality,
        objective_title: used.objective.map(|objective| objective.title.as_str()),
        source: source(effective.source),
        is_declared: effective.is_declared(),
    }
}

/// The levels with what has them: an objective by its title alone, and the steps of it that differ.
fn definition(uses: &[&UseRecord<'_>]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("Criticality", ColumnKind::Words),
        ("Description", ColumnKind::Prose),
        ("User objectives > Steps", ColumnKind::Prose),
    ]);
    for level in Criticality::ALL {
        let mut lines = Vec::new();
        for of_objective in uses.chunk_by(|a, b| a.objective == b.objective) {
            let main = main_level(of_objective);
            if let Some(title) = of_objective[0].objective_title.filter(|_| main == level) {
                lines.push(title.to_owned());
            }
            let differs = |used: &&&UseRecord<'_>| used.level == level && (used.objective.is_none() || main != level);
            lines.extend(of_objective.iter().filter(differs).map(|used| used.title.clone()));
        }
        let nothing = match (lines.is_empty(), level) {
            (true, Criticality::None) => "Everything that is not named above",
            (true, _) => "nothing",
            _ => "",
        };
        let cell = Cell::lines(Style::Plain, lines).and(Style::Muted, [nothing]);
        sheet.row(true, [Cell::line(Style::Strong, &capital(level.as_str())), Cell::plain(meaning(level)), cell]);
    }
    sheet.note("An objective stands for all of its steps but those that are named elsewhere. Services inherit the criticality of the steps that need them.");
    sheet
}

/// What most steps of an objective have; of as many, the higher.
fn main_level(uses: &[&UseRecord<'_>]) -> Criticality {
    let number = |level: &Criticality| uses.iter().filter(|used| used.level == *level).count();
    Criticality::ALL.into_iter().max_by_key(|level| (number(level), *level)).unwrap_or(Criticality::None)
}

fn comparison(uses: &[&UseRecord<'_>]) -> Sheet {
    let mut sheet = Sheet::new(&[
        ("Objective > Step", ColumnKind::Words),
        ("Declared", ColumnKind::Words),
        ("Implied", ColumnKind::Words),
        ("", ColumnKind::Words),
        ("Because a total outage is", ColumnKind::Prose),
    ])
    .titled("Declared, beside what the severity rules imply");
    for (at, used) in uses.iter().enumerate() {
        let starts_group = at == 0 || uses[at - 1].objective != used.objective;
        let declared =
            if used.is_declared { format!("{} ({})", used.declared, used.source) } else { used.source.to_owned() };
        let (implied, because) = match &used.implied {
            Some(ImpliedRecord { criticality, severity, rule }) => (*criticality, format!("{severity}: {rule}")),
            None => ("", "no rule is about it".to_owned()),
        };
        let verdict = match used.agrees {
            Some(true) => Cell::line(Style::Good, "same"),
            Some(false) => Cell::line(Style::Attention, "differs"),
            None => Cell::default(),
        };
        let style = if used.is_declared { Style::Plain } else { Style::Muted };
        let cells = [
            Cell::plain(&used.title),
            Cell::line(style, &declared),
            Cell::plain(implied),
            verdict,
            Cell::plain(&because),
        ];
        sheet.row(starts_group, cells);
    }
    let differing = uses.iter().filter(|used| used.agrees == Some(false)).count();
    sheet.note(&match differing {
        0 => "What is declared agrees with what the rules imply.".to_owned(),
        1 => "They differ in 1 place: change the criticality there, or the rule.".to_owned(),
        more => format!("They differ in {more} places: change the criticality there, or the rule."),
    });
    let open = uses.iter().filter(|used| !used.is_declared && used.implied.is_some()).count();
    if open > 0 {
        let of = if open == 1 { "1 use".to_owned() } else { format!("{open} uses") };
        sheet.note(&format!(
            "Of {of} nothing is declared, so that none holds, whatever the rules imply: add criticality to the step, its use or the objective."
        ));
    }
    sheet
}
