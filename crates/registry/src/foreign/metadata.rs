//! `metadata` of documents that Kubernetes keeps.

use super::context::Context;
use crate::reader::Fields;
use crate::yaml::Node;

/// What a cluster adds by itself, of which there is nothing to say.
const OF_THE_CLUSTER: [&str; 6] =
    ["creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"];

/// What is used of it.
pub(super) struct Metadata<'n> {
    pub(super) name: Option<&'n Node>,
    pub(super) labels: Option<&'n Node>,
}

/// Reads it, and the `kind` beside it; what there is nothing to do with is said where it is not the cluster's own.
pub(super) fn read<'n>(
    fields: &mut Fields<'n>,
    kind: &str,
    context: &mut Context<'_>,
) -> Option<(Metadata<'n>, &'n Node)> {
    let help = format!("write `kind: {kind}`");
    let kind_node = fields.required("kind", &mut context.reader, &help)?;
    context.reader.choice(kind_node, "a kind of document that can be brought in", &[(kind, ())])?;
    let _ = fields.optional("status");
    let node = fields.required("metadata", &mut context.reader, "write `metadata:` with a `name:` in it");
    let spec = fields.required("spec", &mut context.reader, "write `spec:` with what the document says");
    let mut metadata = context.reader.fields(node?, "`metadata`")?;
    let name = metadata.optional("name");
    let labels = metadata.optional("labels");
    OF_THE_CLUSTER.into_iter().for_each(|key| {
        let _ = metadata.optional(key);
    });
    context.rest(metadata);
    Some((Metadata { name, labels }, spec?))
}
