//! `kind: AlertPolicy`, `AlertCondition` and `AlertNotificationTarget`: when somebody is told, and who.

use super::value;
use super::{OpenHeader, header};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::check_duplicates;
use crate::quote::quote;
use crate::reader::{Fields, Reader};
use crate::source::Spanned;
use crate::suggest::did_you_mean;
use crate::yaml::{Node, NodeValue};
use milepost_model::DurationNs;
use milepost_slo::open::{Decimal, OpenName, Operator, Shorthand};

/// An alert policy as written.
#[derive(Debug)]
pub(crate) struct DeclaredPolicy {
    pub(crate) header: OpenHeader,
    pub(crate) when_breaching: bool,
    pub(crate) when_resolved: bool,
    pub(crate) when_no_data: bool,
    /// `None` where it could not be read.
    pub(crate) condition: Option<Either<DeclaredCondition>>,
    pub(crate) targets: Vec<Option<Either<DeclaredTarget>>>,
}

/// A condition as written; what was missing or wrong is `None` and reported.
#[derive(Debug)]
pub(crate) struct DeclaredCondition {
    pub(crate) header: OpenHeader,
    pub(crate) severity: Option<String>,
    pub(crate) operator: Option<Operator>,
    pub(crate) threshold: Option<Decimal>,
    pub(crate) lookback: Option<DurationNs>,
    pub(crate) after: Option<DurationNs>,
}

/// A notification target as written.
#[derive(Debug)]
pub(crate) struct DeclaredTarget {
    pub(crate) header: OpenHeader,
    pub(crate) target: Option<String>,
}

/// An object within another, or the name of one.
#[derive(Debug)]
pub(crate) enum Either<T> {
    Inline(T),
    Ref(Spanned<OpenName>),
}

impl Either<DeclaredPolicy> {
    pub(crate) fn name(&self) -> &Spanned<OpenName> {
        match self {
            Self::Inline(policy) => &policy.header.name,
            Self::Ref(name) => name,
        }
    }
}

impl Either<DeclaredTarget> {
    fn name(&self) -> &Spanned<OpenName> {
        match self {
            Self::Inline(target) => &target.header.name,
            Self::Ref(name) => name,
        }
    }
}

/// What an object within another can be.
struct Inner<T> {
    kind: &'static str,
    /// The key with the name of one that has a document of its own.
    reference: &'static str,
    read: fn(OpenHeader, &Node, &mut Reader<'_>) -> Option<T>,
}

const POLICY: Inner<DeclaredPolicy> = Inner { kind: "AlertPolicy", reference: "alertPolicyRef", read: read_policy };
const CONDITION: Inner<DeclaredCondition> =
    Inner { kind: "AlertCondition", reference: "conditionRef", read: read_condition };
const TARGET: Inner<DeclaredTarget> =
    Inner { kind: "AlertNotificationTarget", reference: "targetRef", read: read_target };

/// An entry of `alertPolicies`: a name, a mapping with `alertPolicyRef`, or a policy.
pub(super) fn read_policy_or_ref(node: &Node, reader: &mut Reader<'_>) -> Option<Either<DeclaredPolicy>> {
    if let NodeValue::Scalar { .. } = node.value {
        return value::read_name(node, "the name of an alert policy", reader).map(Either::Ref);
    }
    POLICY.read_either(node, reader)
}

impl<T> Inner<T> {
    fn read_either(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Either<T>> {
        let Self { kind, reference, .. } = *self;
        let mut fields = reader.fields(node, format!("an entry with `{reference}`, or of kind `{kind}`"))?;
        let inline = ["kind", "metadata", "spec"].into_iter().find_map(|key| Some((key, fields.key(key)?)));
        match (fields.key(reference), inline) {
            (Some(key), Some((other, other_key))) => {
                let help = format!("keep `{reference}` alone, or write the `{kind}` here without it");
                let (key, other_key) = (reader.place(key), reader.place(other_key));
                value::report_both(reference, &key, other, &other_key, &help, reader);
                None
            }
            (Some(_), None) => {
                let name = fields.optional(reference);
                fields.finish(reader);
                name.and_then(|n| value::read_name(n, &format!("the name of an `{kind}`"), reader)).map(Either::Ref)
            }
            (None, Some(_)) => self.read_inline(node, fields, reader).map(Either::Inline),
            (None, None) => {
                let message = format!("an entry lacks `{reference}`, or `kind: {kind}` with `metadata` and `spec`");
                let help = format!(
                    "name one by `{reference}:`, or write it here with `kind: {kind}`, `metadata:` and `spec:`"
                );
                let diagnostic = Diagnostic::new(Code::EitherOr, reader.key_place(node), message);
                reader.report(diagnostic.help(help));
                let _ = fields.optional(reference);
                fields.finish(reader);
                None
            }
        }
    }

    fn read_inline(&self, node: &Node, mut fields: Fields<'_>, reader: &mut Reader<'_>) -> Option<T> {
        let kind_node = fields.required("kind", reader, &format!("write `kind: {}`", self.kind));
        if let Some(text) = kind_node.and_then(|n| reader.text(n, "`kind`"))
            && text != self.kind
        {
            let place = kind_node.map_or_else(|| reader.place(node), |n| reader.place(n));
            let message = format!("{} cannot stand here", quote(text));
            reader.report(Diagnostic::new(Code::Kind, place, message).help(did_you_mean(text, &[self.kind])));
        }
        let (header, spec) = header::read_with_spec(&mut fields, self.kind, reader);
        fields.finish(reader);
        let is_named = header.is_some();
        let header = header.unwrap_or_else(|| super::placeholder(node, reader));
        (self.read)(header, spec?, reader).filter(|_| is_named)
    }
}

pub(super) fn read_policy(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredPolicy> {
    let mut fields = reader.fields(spec, format!("the `spec` of alert policy `{}`", header.name.value))?;
    value::read_description(&mut fields, reader);
    let mut when =
        |key, reader: &mut Reader<'_>| fields.optional(key).is_some_and(|n| reader.boolean(n, &format!("`{key}`")));
    let when_no_data = when("alertWhenNoData", reader);
    let when_resolved = when("alertWhenResolved", reader);
    let when_breaching = when("alertWhenBreaching", reader);
    let help = "say when: `conditions: [{conditionRef: ...}]`";
    let condition = fields.required("conditions", reader, help).and_then(|node| {
        let items = reader.filled_list(node, "`conditions`", help);
        let conditions: Vec<_> = items.iter().map(|item| CONDITION.read_either(item, reader)).collect();
        if let [_, second, ..] = items {
            let message = format!("an alert policy has {} conditions", items.len());
            let diagnostic = Diagnostic::new(Code::WrongShape, reader.place(second), message);
            reader.report(diagnostic.help("OpenSLO allows one: write a policy for each condition"));
        }
        conditions.into_iter().next().flatten()
    });
    let help = "say who is told: `notificationTargets: [{targetRef: ...}]`";
    let targets = fields.required("notificationTargets", reader, help).map_or_else(Vec::new, |node| {
        let items = reader.filled_list(node, "`notificationTargets`", help).iter();
        items.map(|item| TARGET.read_either(item, reader)).collect()
    });
    fields.finish(reader);
    check_duplicates(targets.iter().flatten().map(Either::<DeclaredTarget>::name), "notification target", reader);
    if !(when_no_data || when_resolved || when_breaching) {
        let message = format!("alert policy `{}` never tells anybody", header.name.value);
        let diagnostic = Diagnostic::new(Code::NoEffect, reader.key_place(spec), message);
        reader.report(
            diagnostic.help("write `alertWhenBreaching: true`, `alertWhenResolved: true` or `alertWhenNoData: true`"),
        );
    }
    Some(DeclaredPolicy { header, when_breaching, when_resolved, when_no_data, condition, targets })
}

pub(super) fn read_condition(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredCondition> {
    let mut fields = reader.fields(spec, format!("the `spec` of alert condition `{}`", header.name.value))?;
    value::read_description(&mut fields, reader);
    let help = "say how bad it is, in your words: `severity: page`";
    let severity = fields.required("severity", reader, help).and_then(|n| reader.prose(n, "`severity`"));
    let help = "say when it holds: `condition: {kind: burnrate, threshold: 2, lookbackWindow: 1h}`";
    let condition = fields.required("condition", reader, help);
    fields.finish(reader);
    let mut fields = reader.fields(condition?, "`condition`")?;
    if let Some(kind) = fields.optional("kind") {
        reader.choice(kind, "a kind of condition", &[("burnrate", ())]);
    }
    let operator = fields.optional("op").and_then(|n| reader.choice(n, "a comparison", &Operator::NAMED));
    let threshold = fields.required("threshold", reader, "say which burn rate is too high: `threshold: 2`");
    let threshold = threshold.and_then(|n| value::read_decimal(n, reader)).map(|number| number.value);
    let help = "say over which time the burn rate is computed: `lookbackWindow: 1h`";
    let lookback = fields.required("lookbackWindow", reader, help);
    let lookback = lookback.and_then(|n| reader.parse::<Shorthand>(n, "a duration", Code::BadValue));
    let after = fields.optional("alertAfter").map_or(Some(DurationNs::from_nanos(0)), |n| read_after(n, reader));
    fields.finish(reader);
    Some(DeclaredCondition {
        header,
        severity,
        operator,
        threshold,
        lookback: lookback.map(|duration| duration.value.duration()),
        after,
    })
}

/// A duration that may be 0, which is `0m` in the specification.
fn read_after(node: &Node, reader: &mut Reader<'_>) -> Option<DurationNs> {
    if matches!(&node.value, NodeValue::Scalar { text, .. } if text == "0m") {
        return Some(DurationNs::from_nanos(0));
    }
    reader.parse::<Shorthand>(node, "a duration", Code::BadValue).map(|duration| duration.value.duration())
}

pub(super) fn read_target(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredTarget> {
    let mut fields = reader.fields(spec, format!("the `spec` of notification target `{}`", header.name.value))?;
    value::read_description(&mut fields, reader);
    let help = "say by which way people are reached, such as `target: email`";
    let target = fields.required("target", reader, help).and_then(|n| reader.prose(n, "`target`"));
    fields.finish(reader);
    Some(DeclaredTarget { header, target })
}
