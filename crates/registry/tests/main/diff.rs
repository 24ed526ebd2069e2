//! What is told of changes to the mail example: in which words, with which numbers, and what is no change at all.

use crate::read_alone;
use milepost_registry::diff::{self, Change, ChangeKind, Diff, Noun};
use milepost_registry::{Registry, read};
use std::fs;
use std::path::Path;

const FILES: [&str; 6] = ["flows.yaml", "policies.yaml", "product.yaml", "services.yaml", "slos.yaml", "steps.yaml"];

fn folder(example: &str) -> String {
    format!("{}/../../examples/{example}", env!("CARGO_MANIFEST_DIR"))
}

fn texts() -> Vec<(&'static str, String)> {
    FILES.map(|name| (name, fs::read_to_string(format!("{}/{name}", folder("mail"))).unwrap())).into()
}

fn registry(texts: &[(&str, String)]) -> Registry {
    let outcome = read_alone(texts.iter().map(|(name, text)| (*name, text.as_str())));
    let said = outcome.diagnostics.render(false);
    outcome.registry.unwrap_or_else(|| panic!("{said}"))
}

/// The mail example with texts replaced in all files; each of them has to be there.
fn mail_with(edits: &[(&str, &str)]) -> Registry {
    let mut texts = texts();
    for (old, new) in edits {
        assert!(texts.iter().any(|(_, text)| text.contains(old)), "`{old}` is not in the example");
        texts.iter_mut().for_each(|(_, text)| *text = text.replace(old, new));
    }
    registry(&texts)
}

fn changed(edits: &[(&str, &str)]) -> Diff {
    diff::diff(&registry(&texts()), &mail_with(edits))
}

fn find<'d>(diff: &'d Diff, noun: Noun, name: &str) -> &'d Change {
    let found = diff.changes.iter().find(|change| change.noun == noun && change.name == name);
    found.unwrap_or_else(|| panic!("nothing of {noun:?} {name}:\n{}", diff::text(diff, 100)))
}

/// The effects of all details of a change.
fn effects(change: &Change) -> Vec<&str> {
    change.details.iter().flat_map(|detail| &detail.effects).map(String::as_str).collect()
}

const SEND_MAIL: &str = "target: 99.9%\n  window: 28d\n  alerts:\n    form: share";

#[test]
fn a_looser_target_tells_what_it_does_to_the_budget_and_to_each_alert() {
    // 0.001 x 28 d = 2,419.2 s, 0.005 x 28 d = 12,096 s; 2% x 672 h / 1 h = 13.44, of 0.1% 1.344%, of 0.5% 6.72%; 5% x 672 h / 6 h = 5.6;
    // 10% x 672 h / 72 h = 0.9333, of 0.1% 0.0933%: the share form has no least rate.
    let diff = changed(&[(SEND_MAIL, &SEND_MAIL.replace("99.9%", "99.5%"))]);
    let slo = find(&diff, Noun::Slo, "send-mail-availability");
    assert_eq!(
        effects(slo),
        [
            "budget of 1,000 attempts: 1 may be bad -> 5, five times as much",
            "in 28 d: 40 min 19 s -> 3 h 21 min 36 s of total outage",
            "page within 1h fires when 1.344% are bad -> 6.72% are bad (burn rate 13.44)",
            "page within 6h fires when 0.56% are bad -> 2.8% are bad (burn rate 5.6)",
            "ticket within 3d fires when about 0.0933% are bad -> about 0.4667% are bad (burn rate about 0.93)",
        ]
    );
    assert!(slo.details.iter().any(|d| d.aspect == "history" && d.after.as_deref().unwrap().contains("is kept")));
    assert_eq!(diff.summary(), "1 SLO looser.");
}

#[test]
fn a_window_of_thirty_days_has_the_burn_rates_that_everybody_knows() {
    let diff = changed(&[(SEND_MAIL, &SEND_MAIL.replace("28d", "30d"))]);
    let told = effects(find(&diff, Noun::Slo, "send-mail-availability")).join("\n");
    assert!(told.contains("in 28 d before, in 30 d now: 40 min 19 s -> 43 min 12 s of total outage"), "{told}");
    assert!(told.contains("burn rate 13.44 -> 14.4") && told.contains("burn rate 5.6 -> 6)"), "{told}");
}

#[test]
fn a_tier_that_could_only_fire_beyond_an_outage_says_so() {
    // 60% x 672 h / 1 h = 403.2, of 1% more than all.
    let tiers = "  alerts: [{page: 60%, long: 1h, short: 5m}]\n";
    let diff = changed(&[("threshold: 800ms\n", &format!("threshold: 800ms\n{tiers}"))]);
    let told = effects(find(&diff, Noun::Slo, "send-mail-latency")).join("\n");
    assert!(told.contains("not even an outage spends the budget that fast"), "{told}");
}

#[test]
fn another_threshold_begins_a_new_indicator_and_another_measuring_point_is_told_at_the_step() {
    let diff = changed(&[("threshold: 800ms", "threshold: 500ms")]);
    let slo = find(&diff, Noun::Slo, "send-mail-latency");
    assert_eq!(slo.details.len(), 2, "the expressions say the same: {:?}", slo.details);
    assert!(slo.details[1].after.as_deref().unwrap().contains("a new indicator"));
    assert_eq!(diff.summary(), "1 SLO stricter.");
    let diff = changed(&[
        ("measure:\n    - webmail GET /contacts\n", "measure:\n    - contacts mail.v1.Contacts/Search\n"),
        ("operations:\n    - contacts mail.v1.Contacts/Search\n", "operations:\n    - webmail GET /contacts\n"),
    ]);
    let told = effects(find(&diff, Noun::Step, "lookup-addresses")).join("\n");
    assert!(told.contains("cannot be compared") && told.contains("lookup-addresses-latency go on"), "{told}");
}

#[test]
fn a_status_that_means_something_else_is_told_with_what_it_meant() {
    let diff = changed(&[("status: [413, RESOURCE_EXHAUSTED]", "status: [413, 404]")]);
    let step = find(&diff, Noun::Step, "send-mail");
    let told: Vec<_> = step.details.iter().map(|d| (&*d.aspect, d.before.as_deref(), d.after.as_deref())).collect();
    // RESOURCE_EXHAUSTED is a failure anyway.
    assert_eq!(told, [("status 404", Some("counts as an answer"), Some("counts as a failure"))]);
    let slo = find(&diff, Noun::Slo, "send-mail-availability");
    assert!(slo.details[0].after.as_deref().unwrap().contains("since a status means something else"));
}

#[test]
fn a_step_that_goes_by_another_name_is_told_once() {
    let diff = changed(&[("open-message", "view-message")]);
    let step = find(&diff, Noun::Step, "view-message");
    assert_eq!(step.kind, ChangeKind::Renamed { from: "open-message".to_owned() });
    let slo = find(&diff, Noun::Slo, "view-message-availability");
    assert_eq!(slo.kind, ChangeKind::Renamed { from: "open-message-availability".to_owned() });
    let history = slo.details[0].after.as_deref().unwrap();
    assert!(history.contains("since the step has another name"), "{history}");
    assert_eq!(diff.changes.len(), 2, "{}", diff::text(&diff, 100));
}

#[test]
fn a_service_that_a_step_cannot_do_without_becomes_as_important_as_the_step() {
    let diff = changed(&[
        ("    optional:\n      - spelling", "    - spelling"),
        (
            "criticality: important\n      optional: true\n      after: open-compose",
            "criticality: critical\n      optional: true\n      after: open-compose",
        ),
    ]);
    let service = find(&diff, Noun::ServiceCriticality, "spelling");
    assert_eq!(effects(service), ["step check-spelling cannot do without it"]);
    assert!(diff.summary().contains("1 step becomes critical, 1 service becomes critical"), "{}", diff.summary());
}

#[test]
fn a_severity_rule_tells_which_steps_get_another_level() {
    let diff = changed(&[(
        "level: medium\n      scope: {tags: [auxiliary]}",
        "level: minor\n      scope: {tags: [auxiliary]}",
    )]);
    let step = find(&diff, Noun::StepCriticality, "compose-mail/check-spelling");
    let detail = &step.details[0];
    assert_eq!((detail.before.as_deref(), detail.after.as_deref()), (Some("medium"), Some("minor")));
    assert!(detail.effects.iter().any(|effect| effect.contains("important -> none")), "{detail:?}");
    assert!(diff.summary().contains("outages of 2 steps get another severity"), "{}", diff.summary());
}

#[test]
fn a_severity_policy_that_is_no_longer_written_is_removed_and_says_what_holds() {
    let with = registry(&texts());
    let mut texts = texts();
    let (_, policies) = texts.iter_mut().find(|(name, _)| *name == "policies.yaml").unwrap();
    let kept: Vec<&str> = policies.split("---\n").filter(|text| !text.contains("kind: SeverityPolicy")).collect();
    *policies = kept.join("---\n");
    let without = registry(&texts);
    let last = |diff: &Diff| {
        let change = find(diff, Noun::SeverityPolicy, "severity");
        let detail = change.details.last().unwrap();
        (change.kind.clone(), detail.before.clone().or(detail.after.clone()).unwrap())
    };
    let said = |word: &str| format!("the rules that ship with Milepost {word}");
    assert_eq!(last(&diff::diff(&with, &without)), (ChangeKind::Removed, said("hold")));
    assert_eq!(last(&diff::diff(&without, &with)), (ChangeKind::Added, said("held")));
}

#[test]
fn a_step_that_moves_says_where_it_went_and_where_it_came_from() {
    let filter =
        "    - step: filter-spam\n      criticality: important\n      after: receive-mail\n      optional: true\n";
    let moved =
        "    - step: filter-spam\n      criticality: important\n      after: send-mail\n      optional: true\n---\n";
    let last = "      after: [open-compose-dialog, lookup-addresses, check-spelling]\n---\n";
    let diff = changed(&[(filter, ""), (last, &format!("{}{moved}", last.trim_end_matches("---\n")))]);
    assert_eq!(effects(find(&diff, Noun::Objective, "read-mail")), ["it has moved to compose-mail"]);
    assert_eq!(
        effects(find(&diff, Noun::Objective, "compose-mail")),
        ["it comes from read-mail", "it is important here"]
    );
}

#[test]
fn where_documents_stand_and_how_they_are_written_is_no_change() {
    let texts = texts();
    let documents: Vec<&str> = texts.iter().flat_map(|(_, text)| text.split("\n---\n")).collect();
    let moved = documents.into_iter().rev().collect::<Vec<_>>().join("\n# A comment.\n---\n");
    let diff = diff::diff(&registry(&texts), &registry(&[("all.yaml", moved)]));
    assert!(diff.is_empty(), "{}", diff::text(&diff, 100));
    assert_eq!(diff::text(&diff, 100), "Nothing has changed.\n");
}

#[test]
fn an_example_has_no_difference_to_itself_and_all_to_another() {
    let [mail, traced] = ["mail", "train-ticket"].map(|name| read(Path::new(&folder(name))).registry.unwrap());
    for registry in [&mail, &traced] {
        assert!(diff::diff(registry, registry).is_empty());
    }
    let (there, back) = (diff::diff(&mail, &traced), diff::diff(&traced, &mail));
    crate::diff_mutants::assert_mirrored(&there, &back);
    for changes in [&there, &back] {
        assert!(changes.changes.iter().all(|c| matches!(c.kind, ChangeKind::Added | ChangeKind::Removed)));
        assert!(!diff::markdown(changes).is_empty());
    }
}

#[test]
fn nothing_that_a_text_holds_is_obeyed_as_markdown() {
    let evil = r#"description: "<img src=x> **bold** | [link](x) `code`""#;
    let diff = changed(&[("description: Someone writes a message and sends it on its way.", evil)]);
    let markdown = diff::markdown(&diff);
    assert!(markdown.contains(r"\<img src=x\> \*\*bold\*\* \| \[link\](x) \`code\`"), "{markdown}");
}

#[test]
fn lines_are_no_longer_than_asked_for_where_words_allow_it() {
    let diff =
        changed(&[("description: Someone writes a message", "description: Somebody, in a browser, writes a message")]);
    let text = diff::text(&diff, 60);
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    assert!(text.contains("      -> Somebody, in a browser, writes"), "{text}");
}

#[test]
fn the_rate_form_has_a_least_rate_and_says_so() {
    let diff = changed(&[(SEND_MAIL, &SEND_MAIL.replace("form: share", "form: rate"))]);
    let told = effects(find(&diff, Noun::Slo, "send-mail-availability")).join("\n");
    assert!(told.contains("about 0.0933% are bad -> more than 0.1% are bad"), "{told}");
    assert!(told.contains("(burn rate about 0.93 -> 1, the least that there is)"), "{told}");
    assert!(told.contains("a few errors are enough"), "{told}");
}

#[test]
fn slices_tell_what_another_target_of_theirs_does_and_what_dropping_them_does() {
    let with = |slices: &str| mail_with(&[(SEND_MAIL, &format!("budgeting: {slices}\n  {SEND_MAIL}"))]);
    let [strict, loose] = ["98%", "95%"].map(|target| with(&format!("{{slice: 5m, sliceTarget: {target}}}")));
    let diff = diff::diff(&strict, &loose);
    let told = effects(find(&diff, Noun::Slo, "send-mail-availability")).join("\n");
    assert!(told.contains("of 1,000 attempts in a good slice 20 may be bad -> 50"), "{told}");
    assert_eq!(diff.summary(), "1 SLO looser.");
    let diff = diff::diff(&strict, &with("occurrences"));
    let told = effects(find(&diff, Noun::Slo, "send-mail-availability")).join("\n");
    assert!(told.contains("of 1,000 slices 1 may be bad -> of 1,000 attempts 1"), "{told}");
    assert!(told.contains("depends on how failures are spread over time"), "{told}");
}

#[test]
fn a_window_that_is_no_longer_of_the_calendar_says_when_the_budget_comes_back() {
    let month = SEND_MAIL.replace("28d", "{calendar: month}");
    let diff = diff::diff(&mail_with(&[(SEND_MAIL, &month)]), &registry(&texts()));
    let told = effects(find(&diff, Noun::Slo, "send-mail-availability")).join("\n");
    let so = "what is spent comes back all at once, when the next month begins -> 28d after it was spent";
    assert!(told.contains(so), "{told}");
}

#[test]
fn another_map_of_criticality_is_told_once_with_the_steps_that_it_is_about() {
    let levels = "  levels: [major, medium, minor]\n";
    let diff = changed(&[(levels, &format!("{levels}  criticality: {{major: important, medium: important}}\n"))]);
    let policy = find(&diff, Noun::SeverityPolicy, "severity");
    let told = effects(policy).join("\n");
    assert!(told.contains("it is about") && told.contains("compose-mail/send-mail"), "{told}");
    assert!(diff.changes.iter().all(|change| change.noun != Noun::StepCriticality), "{}", diff::text(&diff, 100));
}

#[test]
fn a_rule_with_another_threshold_names_the_steps_that_it_is_about() {
    let old = "scope: {tags: [auxiliary]}\n      impact: \"> 20%\"";
    let diff = changed(&[(old, &old.replace("20", "60"))]);
    let told = effects(find(&diff, Noun::SeverityPolicy, "severity")).join("\n");
    assert!(told.contains("it is about") && told.contains("compose-mail/check-spelling"), "{told}");
}

#[test]
fn an_objective_that_is_not_launched_has_no_severity_for_that_reason() {
    let objective = "metadata:\n  name: read-mail\nspec:\n";
    let diff = changed(&[(objective, &format!("{objective}  stage: unlaunched\n"))]);
    let told = effects(find(&diff, Noun::StepCriticality, "read-mail/open-inbox")).join("\n");
    assert!(told.contains("it is not launched") && !told.contains("no rule of severity"), "{told}");
}

#[test]
fn a_step_that_nothing_uses_any_more_says_what_becomes_of_it_and_of_its_services() {
    let filter =
        "    - step: filter-spam\n      criticality: important\n      after: receive-mail\n      optional: true\n";
    let diff = changed(&[(filter, "")]);
    let step = find(&diff, Noun::StepCriticality, "filter-spam");
    assert!(effects(step).contains(&"no objective uses it any more"), "{step:?}");
    let services = diff.changes.iter().filter(|change| change.noun == Noun::ServiceCriticality);
    for service in services {
        let told = effects(service).join("\n");
        assert!(
            !told.contains("cannot do without it") && told.contains("filter-spam, which uses it, is none now"),
            "{told}"
        );
    }
}

#[test]
fn another_deadline_says_which_interactions_fail_now() {
    let deadline = "deadline: 5m";
    let diff = changed(&[(deadline, "deadline: 2m")]);
    let flow = diff.changes.iter().find(|change| change.noun == Noun::Flow).unwrap();
    assert!(effects(flow).contains(&"what ends after 2m, and within 5m, has failed now"), "{flow:?}");
    assert!(diff.summary().contains("1 flow stricter"), "{}", diff.summary());
}
