//! The mail example as others see it: the tables of the article, and what follows from them.

use crate::options;
use milepost_impact::{Implications, Subject};
use milepost_model::{Criticality, CriticalitySource, Met, Name, StepPath};
use milepost_registry::{ReadOptions, Registry};
use milepost_slo::{AlertForm, FlowKey, FlowSource};
use std::path::Path;

pub(crate) fn mail() -> Registry {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    let outcome = options().read(&folder);
    assert_eq!(outcome.diagnostics.render(false), "");
    outcome.registry.unwrap()
}

fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// The tables 1 and 3, with Filter spam: steps by objective, and how important each is there.
const TABLES: [(&str, &[(&str, Criticality)]); 2] = [
    (
        "compose-mail",
        &[
            ("login", Criticality::Critical),
            ("open-compose-dialog", Criticality::Critical),
            ("lookup-addresses", Criticality::Critical),
            ("check-spelling", Criticality::Important),
            ("send-mail", Criticality::Critical),
        ],
    ),
    (
        "read-mail",
        &[
            ("login", Criticality::Critical),
            ("open-inbox", Criticality::Critical),
            ("open-message", Criticality::Critical),
            ("receive-mail", Criticality::Critical),
            ("filter-spam", Criticality::Important),
        ],
    ),
];

#[test]
fn steps_and_criticalities_are_those_of_the_tables_and_what_outages_imply() {
    let mail = mail();
    let product = &mail.products[0];
    let policy = mail.severity_policy(&product.name);
    let mut subjects = Vec::new();
    for objective in &mail.objectives {
        for used in &objective.steps {
            let step = &mail.steps[mail.step(&product.name, &used.step).unwrap().index()];
            subjects.push(Subject::of_use(step, objective, &product.kpis));
        }
    }
    let implications = Implications::new(&policy, &subjects);
    let mut implied = subjects.iter().map(|subject| implications.criticality(subject).criticality);
    for ((title, expected), objective) in TABLES.iter().zip(&mail.objectives) {
        assert_eq!(objective.name.as_str(), *title);
        let found: Vec<(&str, Criticality)> = (objective.steps.iter())
            .map(|used| {
                let path = StepPath { objective: Some(objective.name.clone()), step: used.step.clone() };
                (used.step.as_str(), mail.criticality(&product.name, &path).unwrap().criticality)
            })
            .collect();
        assert_eq!(found, *expected);
        let of_objective: Vec<Criticality> = implied.by_ref().take(expected.len()).collect();
        assert_eq!(of_objective, expected.iter().map(|(_, c)| *c).collect::<Vec<_>>());
    }
}

#[test]
fn the_source_of_a_criticality_is_told() {
    let mail = mail();
    let source = |path: &str| {
        let found = mail.criticality(&name("mail"), &path.parse().unwrap())?;
        Some((found.source, found.objective.map(|o| o.to_string())))
    };
    let read = Some("read-mail".to_owned());
    assert_eq!(source("read-mail/filter-spam"), Some((CriticalitySource::Use, read.clone())));
    assert_eq!(source("read-mail/open-inbox"), Some((CriticalitySource::Objective, read)));
    assert_eq!(source("login"), Some((CriticalitySource::Objective, Some("compose-mail".to_owned()))));
    assert_eq!(source("compose-mail/open-inbox"), None);
    assert_eq!(source("search"), None);
}

#[test]
fn severity_is_that_of_the_second_table() {
    let policy = mail().severity_policy(&name("mail")).into_owned();
    let levels: Vec<String> =
        (policy.rules.iter()).map(|rule| format!("{} {}", policy.levels[rule.level], rule.impact)).collect();
    assert_eq!(levels, ["major > 0%", "major > 20%", "medium > 5%", "medium > 20%", "minor > 0%"]);
    assert_eq!(policy.signed_off.unwrap().engineering.as_str(), "web-team");
}

#[test]
fn services_inherit_from_the_steps_that_use_them() {
    let mail = mail();
    let inheritance = mail.inheritance();
    let of = |service: &str| inheritance.service(&name("mail"), &name(service)).unwrap();
    assert_eq!((of("outbox").criticality, of("outbox").step.as_str()), (Criticality::Critical, "send-mail"));
    assert_eq!(of("spelling").criticality, Criticality::Important);
    assert_eq!(of("spam-filter").criticality, Criticality::Important);
    assert_eq!(of("webmail").criticality, Criticality::Critical);
}

#[test]
fn slos_have_the_alerts_policies_and_flows_that_are_meant_for_them() {
    let mail = mail();
    let slo = |title: &str| mail.slos.iter().find(|slo| slo.name.as_str() == title).unwrap();
    let tiers = |title: &str| {
        slo(title)
            .alerts
            .tiers
            .iter()
            .map(|tier| format!("{} {}", tier.urgency.as_str(), tier.long))
            .collect::<Vec<_>>()
    };
    assert_eq!(tiers("login-availability"), ["page 1h", "page 6h", "ticket 1d", "ticket 3d"]);
    assert_eq!(tiers("check-spelling-availability"), ["ticket 1d", "ticket 3d"]);
    assert_eq!(slo("send-mail-availability").alerts.form, AlertForm::Share);
    assert!(mail.slos.iter().all(|slo| mail.budget_policy(slo.into()).is_some() && slo.idle_tiers().next().is_none()));
    let flow = mail.flow(&name("mail"), &"read-mail/receive-mail".parse().unwrap()).unwrap();
    let services = ["delivery", "mailbox"].map(|text| FlowSource::Service(name(text)));
    assert_eq!((&flow.key, &flow.sources[..]), (&FlowKey::Interaction, &services[..]));
    assert!(mail.flow(&name("mail"), &"receive-mail".parse().unwrap()).is_none());
}

#[test]
fn one_stakeholder_answers_for_each_activity_and_the_fit_has_its_plan() {
    let mail = mail();
    let product = &mail.products[0];
    assert!(product.responsibilities.iter().all(|row| product.stakeholder(row.accountable.as_str()).is_some()));
    assert_eq!(
        product.kpis.iter().map(|kpi| kpi.title.as_str()).collect::<Vec<_>>(),
        ["Messages sent", "Messages read", "Written"]
    );
    let fit = &mail.fit_assessments[0];
    let partly: Vec<&str> = fit.answers.iter().filter(|a| a.met != Met::Yes).map(|a| a.requirement.as_str()).collect();
    assert_eq!(partly, ["servers"]);
    assert!(fit.answers.iter().filter(|a| a.met != Met::Yes).all(|a| a.plan.is_some()));
}

#[test]
fn what_is_due_depends_on_the_day_and_without_one_nothing_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/mail");
    let said = |today: Option<&str>| {
        let options = ReadOptions { today: today.map(|text| text.parse().unwrap()) };
        let outcome = options.read(&folder);
        assert!(outcome.registry.is_some());
        outcome.diagnostics.iter().map(|d| d.code.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(said(None), [""; 0]);
    assert_eq!(said(Some("2030-03-31")), [""; 0]);
    assert_eq!(said(Some("2030-04-01")), ["MPP004"]);
    assert_eq!(said(Some("2030-07-01")), ["MPP004", "MPP004"]);
    assert_eq!(said(Some("2026-02-20")), ["MPP008", "MPP008"], "two signatures are of March");
}
