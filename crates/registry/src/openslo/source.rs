//! `kind: DataSource` and `kind: Service`.

use super::OpenHeader;
use super::value;
use crate::reader::Reader;
use crate::yaml::Node;

/// A data source as written, without how to connect to it.
#[derive(Debug)]
pub(crate) struct DeclaredDataSource {
    pub(crate) header: OpenHeader,
    /// `None` where it could not be read.
    pub(crate) source_type: Option<String>,
}

/// A service as written.
#[derive(Debug)]
pub(crate) struct DeclaredOpenService {
    pub(crate) header: OpenHeader,
}

pub(super) fn read_source(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredDataSource> {
    let mut fields = reader.fields(spec, format!("the `spec` of data source `{}`", header.name.value))?;
    value::read_description(&mut fields, reader);
    let help = "say what kind of system it is, such as `type: Prometheus`";
    let source_type = fields.required("type", reader, help);
    let source_type = source_type.and_then(|n| reader.prose(n, "`type`"));
    let help = "say how to reach it, such as `connectionDetails: {url: ...}`; leave secrets out of the registry";
    if let Some(details) = fields.required("connectionDetails", reader, help) {
        // Looked over for keys that stand twice, and never kept: it may hold secrets.
        let _ = value::read_verbatim(details, reader);
    }
    fields.finish(reader);
    Some(DeclaredDataSource { header, source_type })
}

pub(super) fn read_service(header: OpenHeader, spec: &Node, reader: &mut Reader<'_>) -> Option<DeclaredOpenService> {
    let mut fields = reader.fields(spec, format!("the `spec` of service `{}`", header.name.value))?;
    value::read_description(&mut fields, reader);
    fields.finish(reader);
    Some(DeclaredOpenService { header })
}
