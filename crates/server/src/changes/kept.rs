//! A change as the journal has it. Fields are only ever added, with a default.

use super::Change;
use milepost_impact::suspect::{self, ChangeKind};
use milepost_model::{Name, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    at: i64,
    #[serde(default)]
    end: Option<i64>,
    kind: String,
    title: String,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    operations: Vec<String>,
    #[serde(default)]
    product: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    previous: Option<String>,
    #[serde(default)]
    is_rollback: bool,
    #[serde(default)]
    link: Option<String>,
    #[serde(default)]
    author: Option<String>,
    received_at: i64,
    #[serde(default)]
    told_by: String,
}

/// The record of a change.
pub(super) fn record(change: &Change) -> serde_json::Result<Vec<u8>> {
    let texts = |all: &[Name]| all.iter().map(ToString::to_string).collect();
    let Change { what, product, version, previous, is_rollback, link, author, received_at, told_by } = change.clone();
    serde_json::to_vec(&Kept {
        id: what.id,
        at: what.at.nanos(),
        end: what.end.map(Timestamp::nanos),
        kind: what.kind.as_str().to_owned(),
        title: what.title,
        services: texts(&what.services),
        operations: what.operations.iter().map(ToString::to_string).collect(),
        product: product.map(|product| product.to_string()),
        version,
        previous,
        is_rollback,
        link,
        author,
        received_at: received_at.nanos(),
        told_by,
    })
}

/// The change of a record; nothing where another version wrote it.
pub(super) fn change(record: &[u8]) -> Option<Change> {
    let kept: Kept = serde_json::from_slice(record).ok()?;
    let services: Result<Vec<Name>, _> = kept.services.iter().map(|name| Name::new(name)).collect();
    let operations: Result<Vec<_>, _> = kept.operations.iter().map(|text| text.parse()).collect();
    Some(Change {
        what: suspect::Change {
            id: kept.id,
            at: Timestamp::from_nanos(kept.at),
            end: kept.end.map(Timestamp::from_nanos),
            kind: ChangeKind::ALL.into_iter().find(|kind| kind.as_str() == kept.kind)?,
            title: kept.title,
            services: services.ok()?,
            operations: operations.ok()?,
        },
        product: kept.product.map(|name| Name::new(&name)).transpose().ok()?,
        version: kept.version,
        previous: kept.previous,
        is_rollback: kept.is_rollback,
        link: kept.link,
        author: kept.author,
        received_at: Timestamp::from_nanos(kept.received_at),
        told_by: kept.told_by,
    })
}
