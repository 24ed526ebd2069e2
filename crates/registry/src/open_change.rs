//! An OpenSLO document as it might be: another target, window or alerts, written as those of an SLO of the registry's own.
//!
//! Called by `backtest`. What is counted is what the document's queries say, and cannot be tried: nobody has asked for anything else.

use crate::diagnostic::{Diagnostics, Found};
use crate::documents::{alerts, slo};
use crate::reader::Reader;
use crate::source::Sources;
use crate::yaml;
use crate::{Code, Diagnostic};
use milepost_model::{DurationNs, Target};
use milepost_slo::{AlertForm, Alerts, Window};

/// What should be different in an OpenSLO document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenChange {
    /// The share that must be good.
    pub target: Option<Target>,
    /// The length of the rolling window.
    pub window: Option<DurationNs>,
    /// When somebody is told.
    pub alerts: Option<Alerts>,
}

impl OpenChange {
    /// Reads a change from a text with the path that messages show; nothing where it has mistakes.
    pub fn read(path: &str, text: &str) -> (Option<Self>, Diagnostics) {
        let (mut sources, mut found) = (Sources::default(), Found::default());
        let change = match sources.add(path.to_owned(), text.to_owned()) {
            Ok(file) => read(text, &mut Reader { file, found: &mut found }, path),
            Err(unreadable) => {
                found.push(Diagnostic::of_unreadable(unreadable));
                None
            }
        };
        let diagnostics = Diagnostics::new(sources, found, path);
        (change.filter(|_| diagnostics.errors() == 0), diagnostics)
    }
}

fn read(text: &str, reader: &mut Reader<'_>, path: &str) -> Option<OpenChange> {
    let contents = yaml::read(text);
    let is_broken = !contents.problems.is_empty();
    let file = reader.file;
    contents.problems.into_iter().for_each(|problem| reader.report(problem.diagnostic(file)));
    let mut documents = contents.documents.iter().filter(|document| !document.is_null());
    let (Some(document), None) = (documents.next(), documents.next()) else {
        if !is_broken {
            let message = "a change is one mapping: `target`, `window` and `alerts` of an SLO";
            let diagnostic = Diagnostic::of_path(Code::WrongShape, path.to_owned(), message);
            reader.report(diagnostic.help("write what should be different, such as `target: 99.5%`"));
        }
        return None;
    };
    let mut fields = reader.fields(document, "a change of an OpenSLO document")?;
    let target = fields.optional("target").map(|node| slo::read_promise(node, reader));
    let window = fields.optional("window").map(|node| (node, slo::read_window(node, reader)));
    let alerts = fields.optional("alerts").map(|node| alerts::read(node, reader));
    fields.finish(reader);
    let window = match window {
        Some((_, Some(Window::Rolling(length)))) => Some(length),
        Some((node, Some(Window::Calendar(..)))) => {
            let message = "a window of the calendar cannot be tried on an OpenSLO document";
            let diagnostic = Diagnostic::new(Code::BadWindow, reader.place(node), message);
            reader.report(diagnostic.help("write a rolling one, such as `28d`"));
            return None;
        }
        Some((_, None)) => return None,
        None => None,
    };
    let alerts = alerts.map(|written| Alerts {
        form: written.form.map_or_else(AlertForm::default, |form| form.value),
        tiers: match written.tiers {
            Some(tiers) => tiers.into_iter().map(|tier| tier.tier).collect(),
            None => milepost_slo::AlertTier::DEFAULT.iter().map(|(_, tier)| *tier).collect(),
        },
    });
    Some(OpenChange { target: target.flatten(), window, alerts })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_written_as_that_of_an_slo_of_the_registry() {
        let (change, diagnostics) = OpenChange::read("change.yaml", "target: 99%\nwindow: 7d\nalerts: [page-1h]\n");
        let change = change.unwrap_or_else(|| panic!("{}", diagnostics.render(false)));
        assert_eq!(change.target, Some("99%".parse().unwrap()));
        assert_eq!(change.window, Some("7d".parse().unwrap()));
        assert_eq!(change.alerts.map(|alerts| alerts.tiers.len()), Some(1));
        assert_eq!(OpenChange::read("change.yaml", "{}").0, Some(OpenChange::default()));
    }

    #[test]
    fn what_cannot_be_tried_is_told_at_its_place() {
        let told = |text: &str| OpenChange::read("change.yaml", text).1.render(false);
        insta::assert_snapshot!(
            [
                told("target: 999\n"),
                told("good: outcome = 'success'\n"),
                told("window: {calendar: month}\n"),
                told("alerts: [page-2h]\n"),
                told("- target: 99%\n"),
                told(""),
            ]
            .join("\n")
        );
    }
}
