//! Pyrra: `ServiceLevelObjective` of `pyrra.dev/v1alpha1`.

mod alerting;
mod indicator;

use super::context::{Context, Parts};
use super::metadata;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::slo::MAX_WINDOW;
use crate::reader::Fields;
use crate::yaml::Node;
use milepost_model::DurationNs;

pub(super) const API_VERSION: &str = "pyrra.dev/v1alpha1";

pub(super) fn read(mut fields: Fields<'_>, context: &mut Context<'_>) {
    if let Some((metadata, spec)) = metadata::read(&mut fields, "ServiceLevelObjective", context) {
        context.rest(fields);
        read_spec(spec, &metadata, context);
    }
}

fn read_spec(spec: &Node, metadata: &metadata::Metadata<'_>, context: &mut Context<'_>) -> Option<()> {
    let mut fields = context.reader.fields(spec, "`spec`")?;
    let description = context.description(&mut fields);
    let help = "say which percentage must be good: `target: \"99.9\"`";
    let target = fields.required("target", &mut context.reader, help);
    let target = target.and_then(|node| context.target(node, "`target`"));
    let help = "say the time that the target is for: `window: 4w`";
    let window = fields.required("window", &mut context.reader, help).and_then(|node| read_window(node, context));
    let help = "say what is measured: `indicator: {ratio: {errors: {metric: ...}, total: {metric: ...}}}`";
    let indicator = fields.required("indicator", &mut context.reader, help);
    let indicator = indicator.and_then(|node| indicator::read(node, context));
    let alerting = fields.optional("alerting");
    let alert_policies = alerting::read(alerting, window, context);
    context.rest(fields);
    let Some(name_node) = metadata.name else {
        let place = context.reader.key_place(spec);
        let diagnostic = Diagnostic::new(Code::MissingKey, place, "`metadata` lacks `name`");
        context.reader.report(diagnostic.help("write `metadata: {name: ...}`"));
        return None;
    };
    let text = context.reader.text(name_node, "a name")?;
    let name = context.open_name(text, name_node)?;
    let labels = context.labels(metadata.labels, &[]);
    let service = context.unsaid.service.to_string();
    let (target, window, indicator) = (target?, window?, indicator?);
    let parts = Parts { name, description, service, target, window, indicator, alert_policies, labels };
    context.declare(name_node, parts);
    Some(())
}

fn read_window(node: &Node, context: &mut Context<'_>) -> Option<DurationNs> {
    let window = context.minutes(node, "`window`")?;
    if window > MAX_WINDOW || window.nanos() == 0 {
        let message = format!("a window of {window} cannot be measured");
        let place = context.reader.place(node);
        context
            .reader
            .report(Diagnostic::new(Code::BadWindow, place, message).help("write at most `731d`: `4w` is usual"));
        return None;
    }
    Some(window)
}
