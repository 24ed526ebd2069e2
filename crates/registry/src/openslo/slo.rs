//! `kind: SLO`: an indicator, what is promised of it, and when somebody is told.

use super::alert::{Either, read_policy_or_ref};
use super::objective::{self, Budgeting, DeclaredObjective};
use super::{DeclaredIndicator, DeclaredPolicy, OpenHeader, value, window};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::check_duplicates;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::yaml::Node;
use milepost_slo::open::{OpenName, OpenWindow};

/// Most objectives of one SLO: each is evaluated.
const MAX_OBJECTIVES: usize = 100;

/// An SLO as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredOpenSlo {
    pub(crate) header: OpenHeader,
    pub(crate) description: String,
    pub(crate) service: Option<Spanned<String>>,
    pub(crate) window: Option<OpenWindow>,
    pub(crate) measured: Option<Measured>,
    /// `None` where one could not be read.
    pub(crate) objectives: Vec<Option<DeclaredObjective>>,
    pub(crate) policies: Vec<Option<Either<DeclaredPolicy>>>,
}

/// Where the indicators of an SLO are.
#[derive(Debug)]
pub(crate) enum Measured {
    /// One for all objectives.
    Whole(IndicatorOrRef),
    /// Each objective has its own.
    Composite,
}

/// An indicator, or the name of one.
#[derive(Debug)]
pub(crate) enum IndicatorOrRef {
    Inline(DeclaredIndicator),
    Ref(Spanned<OpenName>),
}

pub(super) fn read(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredOpenSlo> {
    let mut fields = reader.fields(spec, format!("the `spec` of SLO `{}`", header.name.value))?;
    let description = value::read_description(&mut fields, reader);
    let help = "name the service that the SLO is grouped under: `service: webmail`";
    let service = fields.required("service", reader, help);
    let service = service.and_then(|n| reader.prose(n, "`service`").map(|text| reader.spanned(n, text)));
    let window = fields.optional("timeWindow").map_or(Some(window::usual()), |n| window::read(n, reader));
    let help = "say what the budget counts: `budgetingMethod: Occurrences`, `Timeslices` or `RatioTimeslices`";
    let budgeting = fields.required("budgetingMethod", reader, help);
    let budgeting = budgeting.and_then(|n| reader.choice(n, "a budgeting method", &Budgeting::NAMED));
    let objectives = read_objectives(&mut fields, budgeting, window.as_ref(), reader);
    let measured = read_measured(&mut fields, &objectives, reader.key_place(spec), reader);
    let policies: Vec<_> = fields.optional("alertPolicies").map_or_else(Vec::new, |node| {
        let items = reader.list(node, "`alertPolicies`").iter();
        items.map(|item| read_policy_or_ref(item, reader)).collect()
    });
    fields.finish(reader);
    check_duplicates(policies.iter().flatten().map(Either::<DeclaredPolicy>::name), "alert policy", reader);
    Some(DeclaredOpenSlo { header, description, service, window, measured, objectives, policies })
}

fn read_objectives(
    fields: &mut Fields<'_>,
    budgeting: Option<Budgeting>,
    window: Option<&OpenWindow>,
    reader: &mut Reader<'_>,
) -> Vec<Option<DeclaredObjective>> {
    let help = "write what is promised, such as `- {displayName: Good, target: 0.995}`";
    let Some(node) = fields.required("objectives", reader, help) else { return Vec::new() };
    let items = reader.filled_list(node, "`objectives`", help);
    if items.len() > MAX_OBJECTIVES {
        let message = format!("the SLO has {} objectives", items.len());
        let help = format!("write at most {MAX_OBJECTIVES}: make several SLOs of it");
        reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
    }
    let items = items.iter().take(MAX_OBJECTIVES);
    items.map(|item| objective::read(item, budgeting, window, reader)).collect()
}

/// The indicator of the SLO, unless its objectives have their own.
fn read_measured(
    fields: &mut Fields<'_>,
    objectives: &[Option<DeclaredObjective>],
    place: Place,
    reader: &mut Reader<'_>,
) -> Option<Measured> {
    let own = objectives.iter().flatten().find(|objective| objective.has_indicator);
    let Some(own) = own else {
        // With an objective that cannot be read nobody knows whether it has one.
        let is_whole = objectives.iter().all(Option::is_some);
        let has_one = fields.has("indicator") || fields.has("indicatorRef");
        return match is_whole || has_one {
            true => objective::read_indicator(fields, place, reader).map(Measured::Whole),
            false => None,
        };
    };
    let mut both = false;
    for key in ["indicator", "indicatorRef"] {
        if let Some(above) = fields.key(key).map(|node| reader.place(node)) {
            let message = format!("the SLO has `{key}`, and so have its objectives");
            let help = "measure one indicator for all objectives, or give each objective its own";
            let diagnostic = Diagnostic::new(Code::EitherOr, above, message);
            reader
                .report(diagnostic.related(own.place.clone(), "an objective with an indicator of its own").help(help));
            both = true;
        }
        let _ = fields.optional(key);
    }
    for without in objectives.iter().flatten().filter(|objective| !objective.has_indicator && !both) {
        let message = "an objective lacks `indicator` or `indicatorRef`";
        let diagnostic = Diagnostic::new(Code::EitherOr, without.place.clone(), message);
        let help = "other objectives of this SLO have indicators of their own: give one to this objective too";
        reader.report(diagnostic.related(own.place.clone(), "this one has its own").help(help));
    }
    Some(Measured::Composite)
}
