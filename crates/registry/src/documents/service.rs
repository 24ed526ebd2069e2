//! `kind: Service`.

use super::{Header, check_duplicates};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::reader::Reader;
use crate::source::Spanned;
use crate::suggest::{did_you_mean, or_else};
use crate::yaml::Node;
use milepost_model::{Action, LogFormat, LogFormatError, Sampling, Signal};

/// A service as written.
#[derive(Debug)]
pub(crate) struct DeclaredService {
    pub(crate) header: Header,
    pub(crate) title: String,
    pub(crate) owner: String,
    pub(crate) actions: Vec<Spanned<Action>>,
    pub(crate) access_log: Option<LogFormat>,
    pub(crate) measured_by: Option<Signal>,
    pub(crate) sampling: Option<Spanned<Sampling>>,
}

pub(crate) fn read(header: Header, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredService> {
    let mut fields = reader.fields(spec, format!("the `spec` of service `{}`", header.name.value))?;
    let title = fields.optional_prose("title", reader).unwrap_or_else(|| header.name.value.to_string());
    let owner = fields.required_prose("owner", reader, "name the team that owns it: `owner: ...`");
    let mut actions: Vec<Spanned<Action>> = Vec::new();
    if let Some(node) = fields.optional("operations") {
        let help = "list what the service offers, or remove the key to let steps use what they name";
        for item in reader.filled_list(node, "`operations`", help) {
            actions.extend(reader.parse(item, "an operation of a service", Code::BadOperation));
        }
        check_duplicates(&actions, "operation", reader);
    }
    let access_log = fields.optional("accessLog").and_then(|n| read_format(n, reader));
    let signals = [Signal::Spans, Signal::Logs].map(|s| (s.as_str(), s));
    let measured_by =
        fields.optional("measuredBy").and_then(|n| reader.choice(n, "what a service is measured by", &signals));
    let ways = Sampling::ALL.map(|s| (s.as_str(), s));
    let sampling = fields.optional("sampling");
    let sampling = sampling.and_then(|n| reader.choice(n, "a way of sampling", &ways).map(|s| reader.spanned(n, s)));
    fields.finish(reader);
    Some(DeclaredService { header, title, owner, actions, access_log, measured_by, sampling })
}

fn read_format(node: &Node, reader: &mut Reader<'_>) -> Option<LogFormat> {
    let text = reader.text(node, "`accessLog`")?;
    let error = match text.parse::<LogFormat>() {
        Ok(format) => return Some(format),
        Err(error) => error,
    };
    let message = format!("{} is not a log format", quote(text));
    let help = match error {
        LogFormatError::Unknown => {
            let choices = did_you_mean(text, &LogFormat::NAMED);
            or_else(&choices, "write the format as nginx's `log_format` does, with `$variables`")
        }
        error => error.to_string(),
    };
    reader.report(Diagnostic::new(Code::BadValue, reader.place(node), message).help(help));
    None
}
