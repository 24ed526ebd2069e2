//! Incidents in the words of their product: for the API, for whoever is told, and for the report.

use milepost_impact::incident::{
    Author, Event, HitStep, Incident, IncidentKind, Override, Phase, Resolution, Route, What,
};
use milepost_impact::{Lost, LostKpi, SeverityPolicy, Trouble, about};
use milepost_model::{Kpi, Name, StepPath, Timestamp};
use milepost_registry::Registry;
use std::collections::BTreeMap;

/// What incidents of a product are told by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'r> {
    pub(crate) registry: &'r Registry,
    pub(crate) product: &'r Name,
    pub(crate) policy: &'r SeverityPolicy,
}

/// What is silent, when nothing of any kind is received.
pub(super) const ALL_TELEMETRY: &str = "all telemetry";
/// Steps that a title names; more are counted.
const MOST_NAMED: usize = 3;

impl Words<'_> {
    /// The name of a level.
    pub(crate) fn level(&self, level: Option<usize>) -> Option<&str> {
        self.policy.levels.get(level?).map(Name::as_str)
    }

    /// What a step is called, and where it is used if it is about one use.
    pub(crate) fn step(&self, path: &StepPath) -> String {
        let registry = self.registry;
        let step = registry.step(self.product, &path.step).map(|id| registry.steps[id.index()].title.as_str());
        let step = step.unwrap_or(path.step.as_str());
        match &path.objective {
            None => step.to_owned(),
            Some(objective) => format!("{} > {step}", self.objective(objective)),
        }
    }

    pub(crate) fn objective(&self, name: &Name) -> String {
        let known = self.registry.objectives.iter().find(|of| of.product == *self.product && of.name == *name);
        known.map_or_else(|| name.to_string(), |of| of.title.clone())
    }

    /// The objectives that need a step, or the one of a use.
    pub(crate) fn objectives_of(&self, path: &StepPath) -> Vec<Name> {
        if let Some(objective) = &path.objective {
            return vec![objective.clone()];
        }
        let Some(id) = self.registry.step(self.product, &path.step) else { return Vec::new() };
        let of = self.registry.objectives_of(&self.registry.steps[id.index()]);
        of.map(|objective| objective.name.clone()).collect()
    }

    /// What a KPI is called, and what it is counted in.
    pub(crate) fn kpi<'w>(&'w self, name: &'w Name) -> (&'w str, &'w str) {
        let known = self.registry.product(self.product).and_then(|product| product.kpi(name));
        known.map_or((name.as_str(), "units"), |kpi| (&kpi.title, &kpi.unit))
    }

    /// How much of a KPI is lost, with how sure that is: `about 1,200 messages (900 to 1,500)`.
    fn lost_of(&self, kpi: &Name, lost: &LostKpi) -> String {
        let LostKpi { lost_micros, low_micros, high_micros } = *lost;
        let unit = self.kpi(kpi).1;
        match high_micros {
            Some(high) if high == low_micros => format!("{} {unit}", about(lost_micros)),
            Some(high) => format!("about {} {unit} ({} to {})", about(lost_micros), about(low_micros), about(high)),
            None => format!("about {} {unit} (at least {})", about(lost_micros), about(low_micros)),
        }
    }

    /// What an incident costs the business: `Lost so far: about 1,200 messages (900 to 1,500) of Messages sent, 500 euros of Revenue`; nothing where its steps
    /// move no KPI, or none is lost.
    pub(crate) fn cost(&self, incident: &Incident) -> Option<String> {
        let lost = incident
            .kpis()
            .into_iter()
            .map(|(kpi, lost)| format!("{} of {}", self.lost_of(kpi, &lost), self.kpi(kpi).0));
        let lost: Vec<String> = lost.collect();
        if !lost.is_empty() {
            return Some(format!("Lost so far: {}", lost.join(", ")));
        }
        // Nothing has been added up of an incident that begins.
        let is_untold = |kpi: &&Kpi| {
            let mut hit = incident.active().filter(|(path, _)| kpi.steps.contains(path));
            hit.any(|(_, hit)| hit.lost_at.is_none())
        };
        let kpis = self.registry.product(self.product).map_or(&[][..], |product| &product.kpis);
        // By name, as those are that something is lost of.
        let untold: BTreeMap<&Name, &str> = kpis.iter().filter(is_untold).map(|kpi| (&kpi.name, &*kpi.title)).collect();
        let untold: Vec<&str> = untold.into_values().collect();
        (!untold.is_empty()).then(|| format!("What is lost of {} is not known yet", untold.join(", ")))
    }

    /// What is wrong, in a line.
    pub(crate) fn title(&self, incident: &Incident) -> String {
        if incident.kind == IncidentKind::TelemetryLost {
            let silent: Vec<&str> = incident.silent.iter().map(String::as_str).collect();
            return match silent.split_last() {
                None | Some((&ALL_TELEMETRY, _)) => "No telemetry is received: nobody knows how users do".to_owned(),
                Some((last, [])) => format!("Nothing comes from {last} any more: nobody knows how its users do"),
                Some((last, others)) => {
                    format!(
                        "Nothing comes from {} and {last} any more: nobody knows how their users do",
                        others.join(", ")
                    )
                }
            };
        }
        // Of one that is over, all that were hit.
        let active: Vec<(&StepPath, &HitStep)> = incident.active().collect();
        let named = if active.is_empty() { incident.steps.iter().collect() } else { active };
        let mut titles: Vec<String> = named.iter().take(MOST_NAMED).map(|(path, _)| self.step(path)).collect();
        if named.len() > MOST_NAMED {
            titles.push(format!("{} more", named.len() - MOST_NAMED));
        }
        let mut troubles = named.iter().map(|(_, hit)| hit.trouble);
        let trouble = troubles.next().filter(|first| troubles.all(|other| other == *first));
        let verb = |are_many| what_is_wrong(trouble, incident.phase != Phase::Open, are_many);
        match (titles.pop(), titles.is_empty()) {
            (None, _) => "Its steps are part of another incident".to_owned(),
            (Some(only), true) => format!("{only} {}", verb(false)),
            (Some(last), false) => format!("{} and {last} {}", titles.join(", "), verb(true)),
        }
    }

    /// What has happened, in a line.
    pub(crate) fn event(&self, event: &Event) -> String {
        match &event.what {
            What::Opened { kind: IncidentKind::Impact } => "Users have trouble".to_owned(),
            What::Opened { kind: IncidentKind::TelemetryLost } => "Telemetry has stopped".to_owned(),
            What::StepHit { step, level: of, reason, .. } => {
                format!("{} is hit, {}: {reason}", self.step(step), of.name)
            }
            What::StepLevel { step, level: of, reason, .. } => {
                format!("{} is {} now: {reason}", self.step(step), of.name)
            }
            What::StepHealed { step } => format!("{} has healed", self.step(step)),
            What::StepMoved { step, from } => format!("{} came over from incident {from}", self.step(step)),
            What::Source { source, is_silent: true } => format!("Nothing comes any more: {source}"),
            What::Source { source, is_silent: false } => format!("It comes again: {source}"),
            What::Lost { step, lost } => format!("{} has lost {}", self.step(step), attempts(lost)),
            What::KpiLost { step, kpi, lost } => {
                format!("{} has lost {} of {}", self.step(step), self.lost_of(kpi, lost), self.kpi(kpi).0)
            }
            What::Suspected(suspicion) => format!("Suspected: {}{}", suspicion.text, owned(suspicion.owner.as_deref())),
            What::Routed(route) => route_of(route),
            What::Alert { name, is_firing: true } => format!("The burn alert fires: {name}"),
            What::Alert { name, is_firing: false } => format!("The burn alert has ended: {name}"),
            What::Change { title, .. } => format!("Changed: {title}"),
            What::Acknowledged => "Taken".to_owned(),
            What::Note { text } => text.clone(),
            What::Overridden { level: None, reason } => format!("Said to be no incident: {reason}"),
            What::Overridden { level: Some(of), reason } => format!("Said to be {}: {reason}", of.name),
            What::OverrideRemoved => "What was said of how bad it is no longer holds".to_owned(),
            What::Resolved { reason } => format!("Resolved: {reason}"),
            What::Closed(Resolution::Healed) => "Over: everything has healed".to_owned(),
            What::Closed(Resolution::Merged { into }) => format!("Part of incident {into}: they have one cause"),
        }
    }

    /// What one reads when it is over, or wants to know all of it: Markdown.
    pub(crate) fn report(&self, incident: &Incident, now: Timestamp) -> String {
        let mut text = format!("# Incident {}: {}\n\n", incident.id, plain(&self.title(incident)));
        let ended = ended_at(incident);
        let lasted = ended.unwrap_or(now).since(incident.opened_at).nanos() / 60_000_000_000;
        let level = incident.worst_level().map_or("none", |level| level.name.as_str());
        text += "| | |\n|---|---|\n";
        let mut row = |name: &str, value: &str| text += &format!("| {name} | {} |\n", plain(value));
        row("Product", self.product.as_str());
        row("Severity at its worst", level);
        if let Some(held) = &incident.overridden {
            row("Severity as said", &self.overridden(held));
        }
        row("Began", &incident.opened_at.to_string());
        row("Ended", &ended.map_or_else(|| "it goes on".to_owned(), |at| at.to_string()));
        row("Lasted", &format!("{lasted} minutes"));
        if let Some(route) = &incident.route {
            row("Who must act", &route_of(route));
        }
        if let Some((by, at)) = &incident.acknowledged {
            row("Taken", &format!("{} at {at}", author(by)));
        }
        if let Some(suspicion) = &incident.suspicion {
            row("Suspected cause", &format!("{}{}", suspicion.text, owned(suspicion.owner.as_deref())));
        }
        if incident.kind == IncidentKind::Impact {
            row("Attempts lost", &incident.lost().as_ref().map_or_else(|| "not known yet".to_owned(), attempts));
        }
        for (kpi, lost) in incident.kpis() {
            row(&format!("Lost of {}", self.kpi(kpi).0), &self.lost_of(kpi, &lost));
        }
        text += &self.steps(incident);
        text += "\n## What happened\n\n";
        for event in &incident.timeline {
            text += &format!("- {} {}: {}\n", event.at, author(&event.by), plain(&self.event(event)));
        }
        if incident.left_out > 0 {
            text += &format!("- and {} more\n", incident.left_out);
        }
        text
    }

    fn steps(&self, incident: &Incident) -> String {
        if incident.steps.is_empty() {
            return String::new();
        }
        let mut text = "\n## What users could not do\n\n".to_owned();
        text += "| step | for | severity at its worst | from | until | lost |\n|---|---|---|---|---|---|\n";
        for (path, hit) in &incident.steps {
            let objectives: Vec<String> = self.objectives_of(path).iter().map(|name| self.objective(name)).collect();
            let cells = [
                self.step(path),
                objectives.join(", "),
                hit.worst.name.to_string(),
                hit.since.to_string(),
                hit.healed_at.map_or_else(|| "it goes on".to_owned(), |at| at.to_string()),
                hit.lost.as_ref().map(attempts).unwrap_or_default(),
            ];
            text += &format!("| {} |\n", cells.map(|cell| plain(&cell)).join(" | "));
        }
        text
    }

    fn overridden(&self, held: &Override) -> String {
        let level = held.level.as_ref().map_or("no incident", |level| level.name.as_str());
        format!("{level}, by {} at {}: {}", author(&held.by), held.at, held.reason)
    }
}

/// What is wrong with steps, after their names; of those with different troubles, that they have some.
fn what_is_wrong(trouble: Option<Trouble>, is_over: bool, are_many: bool) -> &'static str {
    match (trouble, is_over, are_many) {
        (Some(Trouble::Failing), false, false) => "fails",
        (Some(Trouble::Failing), false, true) => "fail",
        (Some(Trouble::Failing), true, _) => "failed",
        (Some(Trouble::Slow), false, false) => "is too slow",
        (Some(Trouble::Slow), false, true) => "are too slow",
        (Some(Trouble::Slow), true, false) => "was too slow",
        (Some(Trouble::Slow), true, true) => "were too slow",
        (Some(Trouble::Missing), false, false) => "happens far less than usual",
        (Some(Trouble::Missing), false, true) => "happen far less than usual",
        (Some(Trouble::Missing), true, _) => "happened far less than usual",
        (None, false, false) => "has trouble",
        (None, false, true) => "have trouble",
        (None, true, _) => "had trouble",
    }
}

/// When it was over, or somebody said so.
pub(crate) fn ended_at(incident: &Incident) -> Option<Timestamp> {
    match incident.phase {
        Phase::Open => None,
        Phase::Resolved { at } | Phase::Closed { at, .. } => Some(at),
    }
}

/// Who has done something.
pub(crate) fn author(author: &Author) -> &str {
    match author {
        Author::Itself => "Milepost",
        Author::Person(name) => name,
    }
}

/// Who must act.
pub(crate) fn route_of(route: &Route) -> String {
    match route {
        Route::PageSre => "SRE is paged: what is hit is supported".to_owned(),
        Route::Queue { team } => format!("For the queue of {team}: nothing that is hit is supported"),
        Route::Platform => "For the platform team: telemetry is lost".to_owned(),
    }
}

/// How much is lost, with how sure that is.
fn attempts(lost: &Lost) -> String {
    let Lost { gross, net, low, high } = lost;
    let mut text = format!("{gross} attempts");
    if low != high {
        text += &format!(" ({low} to {high})");
    }
    if net != gross {
        text += &format!(", {net} after those who tried again");
    }
    text
}

fn owned(owner: Option<&str>) -> String {
    owner.map(|owner| format!(", of {owner}")).unwrap_or_default()
}

/// Text that is no Markdown, whatever stands in it, in one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\r' => plain.push(' '),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '!' => plain.extend(['\\', character]),
            _ => plain.push(character),
        }
    }
    plain
}
