//! Which step each SLO is about: what the flags say, what is answered on a terminal, and what is missing.

use crate::command::init::Questions;
use anyhow::{Context as _, bail};
use milepost_exchange::openslo::Document;
use milepost_model::{Name, StepPath};
use milepost_registry::did_you_mean;
use milepost_registry::foreign::ForeignSlo;
use milepost_slo::Method;
use milepost_slo::open::Binding;
use std::collections::BTreeMap;

/// Most SLOs that a message lists.
const MOST_LISTED: usize = 50;

/// The uses of steps that an SLO may be about.
pub(super) enum KnownPaths {
    /// Nobody knows them: no registry is named, or it has errors.
    Unknown,
    /// There are none; what to do.
    None(String),
    /// These.
    Some(Vec<String>),
}

impl KnownPaths {
    /// What to say of them; nothing where they are not known.
    fn hint(&self) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::None(what) => format!("\n{what}"),
            Self::Some(paths) => {
                let listed: Vec<&str> = paths.iter().take(MOST_LISTED).map(String::as_str).collect();
                let more = if paths.len() > MOST_LISTED { " and more" } else { "" };
                format!("\nthe registry has {}{more}", listed.join(", "))
            }
        }
    }
}

/// The steps that flags give.
pub(super) struct Steps {
    by_slo: BTreeMap<String, StepPath>,
    /// That of all others.
    others: Option<StepPath>,
}

impl Steps {
    /// From `SLO=objective/step`, or `objective/step` for all others.
    pub(super) fn parse(flags: &[String]) -> anyhow::Result<Self> {
        let mut steps = Self { by_slo: BTreeMap::new(), others: None };
        for flag in flags {
            let (slo, path) = match flag.rsplit_once('=') {
                Some((slo, path)) => (Some(slo), path),
                None => (None, flag.as_str()),
            };
            let path: StepPath = step_path(path).with_context(|| format!("`--step {flag}`"))?;
            let before = match slo {
                Some(slo) => steps.by_slo.insert(slo.to_owned(), path),
                None => steps.others.replace(path),
            };
            if before.is_some() {
                bail!("`--step {}` is given twice", slo.map_or_else(|| flag.clone(), |slo| format!("{slo}=...")));
            }
        }
        Ok(steps)
    }

    /// Binds each SLO to its step.
    pub(super) fn bind(
        &self,
        slos: Vec<ForeignSlo>,
        product: &Name,
        known: &KnownPaths,
        questions: &mut Questions<'_>,
    ) -> anyhow::Result<Vec<Document>> {
        self.refuse_unknown(&slos)?;
        let of = |foreign: &ForeignSlo| self.by_slo.get(foreign.slo.name.as_str()).or(self.others.as_ref());
        let without: Vec<&ForeignSlo> = slos.iter().filter(|foreign| of(foreign).is_none()).collect();
        if !without.is_empty() && !questions.asks() {
            return Err(missing(&without, known));
        }
        let mut documents = Vec::new();
        for foreign in slos {
            let path = match self.by_slo.get(foreign.slo.name.as_str()).or(self.others.as_ref()) {
                Some(path) => path.clone(),
                None => questions.required(&question(&foreign), step_path)?,
            };
            let mut slo = foreign.slo;
            slo.binding = Some(Binding { product: product.clone(), path, method: Method::Service, kind: None });
            documents.push(Document { slo, labels: foreign.labels });
        }
        Ok(documents)
    }

    fn refuse_unknown(&self, slos: &[ForeignSlo]) -> anyhow::Result<()> {
        let names: Vec<&str> = slos.iter().map(|foreign| foreign.slo.name.as_str()).collect();
        match self.by_slo.keys().find(|slo| !names.contains(&slo.as_str())) {
            Some(unknown) => bail!(
                "`--step {unknown}=...`: there is no SLO `{unknown}` in the files\nhelp: {}",
                did_you_mean(unknown, &names)
            ),
            None => Ok(()),
        }
    }
}

fn step_path(text: &str) -> anyhow::Result<StepPath> {
    text.parse().with_context(|| format!("`{text}` is no step: write `step`, or `objective/step`"))
}

fn question(foreign: &ForeignSlo) -> String {
    let says = match foreign.slo.description.lines().next() {
        None | Some("") => String::new(),
        Some(line) => format!(" ({})", line.chars().filter(|c| !c.is_control()).take(100).collect::<String>()),
    };
    format!("Which step is SLO `{}`{says} about, such as `objective/step`?", foreign.slo.name)
}

/// The SLOs without a step, with the flags to give.
fn missing(without: &[&ForeignSlo], known: &KnownPaths) -> anyhow::Error {
    let listed = without.iter().take(MOST_LISTED);
    let lines: String = listed
        .clone()
        .map(|foreign| {
            let (path, position) = (&foreign.path, foreign.position);
            format!("\n  `{}` ({path}:{}:{})", foreign.slo.name, position.line, position.column)
        })
        .collect();
    let more = match without.len().saturating_sub(MOST_LISTED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    let flags: Vec<String> = listed.map(|foreign| format!("--step {}=OBJECTIVE/STEP", foreign.slo.name)).collect();
    anyhow::anyhow!(
        "of these SLOs nobody has said which step they are about:{lines}{more}\nhelp: add {}, or `--step OBJECTIVE/STEP` for all of them{}",
        flags.join(" "),
        known.hint()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_registry::foreign;

    const PYRRA: &str = "apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: errors}
spec: {target: '99', window: 4w, indicator: {ratio: {errors: {metric: a}, total: {metric: b}}}}
";

    /// The steps of two SLOs, by flags and by what is typed.
    fn bound(flags: &[&str], typed: &str) -> anyhow::Result<Vec<String>> {
        let product = Name::new("shop").unwrap();
        let more = PYRRA.replace("errors}", "more}");
        let slos = foreign::read_texts([("a.yaml", PYRRA), ("b.yaml", more.as_str())], &product).slos;
        let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
        let mut typed = typed.as_bytes();
        let documents =
            Steps::parse(&flags)?.bind(slos, &product, &KnownPaths::Unknown, &mut Questions::new(true, &mut typed))?;
        Ok(documents.iter().map(|document| document.slo.binding.as_ref().unwrap().path.to_string()).collect())
    }

    #[test]
    fn what_no_flag_says_is_asked_for_until_it_is_a_step() {
        assert_eq!(bound(&[], "Buy\nbuy/order\n\npay\n").unwrap(), ["buy/order", "pay"]);
        assert_eq!(bound(&["more=pay"], "buy/order\n").unwrap(), ["buy/order", "pay"]);
        assert_eq!(bound(&["more=pay", "buy/order"], "").unwrap(), ["buy/order", "pay"]);
    }

    #[test]
    fn nobody_is_asked_for_ever_and_flags_are_right() {
        let error = |flags: &[&str], typed: &str| format!("{:#}", bound(flags, typed).unwrap_err());
        assert!(error(&[], "").starts_with("no answer to: Which step is SLO `errors` about"));
        assert!(error(&["error=pay"], "").contains("there is no SLO `error` in the files"));
        assert!(error(&["more=pay", "more=buy"], "").contains("is given twice"));
        assert!(error(&["more=Pay"], "").contains("`Pay` is no step"));
    }
}
