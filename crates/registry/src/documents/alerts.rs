//! `alerts:` of an SLO: default tiers by name, or tiers of its own.

use super::slo::is_minutes;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::{Place, Spanned};
use crate::suggest::{did_you_mean, or_else};
use crate::yaml::{Node, NodeValue};
use milepost_model::{DurationNs, Share};
use milepost_slo::{AlertForm, AlertTier, Urgency};

/// Most tiers: each is two windows that are looked at every minute.
const MAX_TIERS: usize = 20;
/// What people write for no alerts at all.
const NONE: [&str; 5] = ["none", "no", "off", "false", "null"];
const EXAMPLE: &str = "`{page: 2%, long: 1h, short: 5m}`";

/// Alerts as written; `None` where the defaults hold.
#[derive(Debug, Default)]
pub(crate) struct DeclaredAlerts {
    pub(crate) form: Option<Spanned<AlertForm>>,
    pub(crate) tiers: Option<Vec<DeclaredTier>>,
}

/// A tier as written.
#[derive(Debug)]
pub(crate) struct DeclaredTier {
    pub(crate) tier: AlertTier,
    /// The tier as a whole.
    pub(crate) place: Place,
    /// Its share and its short window, or the name that stands for them.
    pub(crate) share: Place,
    pub(crate) short: Place,
}

/// A list of tiers, or a mapping of `form:` and `tiers:`.
pub(crate) fn read(node: &Node, reader: &mut Reader<'_>) -> DeclaredAlerts {
    if let NodeValue::Scalar { text, .. } = &node.value
        && NONE.contains(&&*text.to_ascii_lowercase())
    {
        let message = format!("{} is not a tier of alerts", quote(text));
        let diagnostic = Diagnostic::new(Code::BadValue, reader.place(node), message);
        reader.report(diagnostic.help("write `alerts: []` for none"));
        return DeclaredAlerts { form: None, tiers: Some(Vec::new()) };
    }
    if !node.is_map() {
        return DeclaredAlerts { form: None, tiers: Some(read_tiers(node, reader)) };
    }
    let Some(mut fields) = reader.fields(node, "`alerts`") else { return DeclaredAlerts::default() };
    let forms = AlertForm::ALL.map(|f| (f.as_str(), f));
    let form = fields.optional("form");
    let form = form.and_then(|n| reader.choice(n, "a form of alerts", &forms).map(|f| reader.spanned(n, f)));
    let tiers = fields.optional("tiers").map(|n| read_tiers(n, reader));
    fields.finish(reader);
    DeclaredAlerts { form, tiers }
}

fn read_tiers(node: &Node, reader: &mut Reader<'_>) -> Vec<DeclaredTier> {
    let items = reader.list(node, "`alerts`");
    let items = reader.at_most(MAX_TIERS, items, node, "`alerts`");
    let mut tiers: Vec<DeclaredTier> = Vec::new();
    for item in items {
        let Some(tier) = read_tier(item, reader) else { continue };
        match tiers.iter().find(|other| other.tier == tier.tier) {
            Some(first) => {
                let message = format!("a tier that would {} stands twice in this list", tier.tier);
                let diagnostic = Diagnostic::new(Code::DuplicateEntry, tier.place.clone(), message);
                let related = first.place.clone();
                reader.report(diagnostic.related(related, "the first one").help("keep one of them"));
            }
            None => tiers.push(tier),
        }
    }
    tiers
}

fn read_tier(item: &Node, reader: &mut Reader<'_>) -> Option<DeclaredTier> {
    let place = reader.place(item);
    if !item.is_map() {
        let text = reader.text(item, "a tier of alerts")?;
        if let Some((_, tier)) = AlertTier::DEFAULT.iter().find(|(name, _)| *name == text) {
            return Some(DeclaredTier { tier: *tier, place: place.clone(), share: place.clone(), short: place });
        }
        let message = format!("{} is not a tier of alerts", quote(text));
        let help = or_else(&did_you_mean(text, &AlertTier::DEFAULT.map(|(name, _)| name)), &format!("write {EXAMPLE}"));
        reader.report(Diagnostic::new(Code::BadValue, place, message).help(help));
        return None;
    }
    let mut fields = reader.fields(item, "a tier of alerts")?;
    let urgency = match fields.has(Urgency::Ticket.as_str()) && !fields.has(Urgency::Page.as_str()) {
        true => Urgency::Ticket,
        false => Urgency::Page,
    };
    let help = format!("say what it does and at which share of the budget: {EXAMPLE}");
    let share = fields.required(urgency.as_str(), reader, &help);
    let share = share.and_then(|n| reader.parse::<Share>(n, "a share of the budget", Code::BadValue));
    if urgency == Urgency::Page {
        let both = |place| {
            let diagnostic = Diagnostic::new(Code::UnknownKey, place, "`page` and `ticket` stand in one tier");
            diagnostic.help("make two tiers of it")
        };
        fields.refuse(Urgency::Ticket.as_str(), both, reader);
    }
    let long = fields.required("long", reader, "say in which time that share is spent: `long: 1h`");
    let long = long.and_then(|n| read_window(n, reader));
    let short = fields.required("short", reader, "say which time shows that it goes on: `short: 5m`");
    let short = short.and_then(|n| read_window(n, reader));
    fields.finish(reader);
    let (share, long, short) = (share?, long?, short?);
    if short.value >= long.value {
        let message = format!("the short window, {}, is not shorter than the long one, {}", short.value, long.value);
        let diagnostic = Diagnostic::new(Code::BadTier, short.place, message).related(long.place, "the long one");
        reader.report(diagnostic.help("a twelfth of the long window is usual: it says whether it still goes on"));
        return None;
    }
    let after = DurationNs::from_nanos(0);
    let tier = AlertTier { urgency, share: share.value, long: long.value, short: short.value, after };
    Some(DeclaredTier { tier, place, share: share.place, short: short.place })
}

fn read_window(node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<DurationNs>> {
    let window = reader.parse::<DurationNs>(node, "a window", Code::BadTier)?;
    if !is_minutes(window.value) {
        let message = format!("a window of {} cannot be measured", window.value);
        let help = "write whole minutes, such as `5m` or `1h`";
        reader.report(Diagnostic::new(Code::BadTier, window.place, message).help(help));
        return None;
    }
    Some(window)
}
