//! A change with everything that is known of it.

use milepost_impact::suspect::{self, ChangeKind, VersionChange, VersionChangeKind};
use milepost_model::{Name, Timestamp};

/// Something that was changed, as it was told or seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What ranks it among suspects.
    pub what: suspect::Change,
    /// The product that it is part of, where only one is meant.
    pub product: Option<Name>,
    /// The version that is there from then on.
    pub version: Option<String>,
    /// The version that was there before, of one that was seen.
    pub previous: Option<String>,
    /// Whether an older version has come back.
    pub is_rollback: bool,
    /// Where more is to be read.
    pub link: Option<String>,
    /// Who has made it, in words.
    pub author: Option<String>,
    /// When it was told or noticed.
    pub received_at: Timestamp,
    /// Who has told it: the id of a token; nothing for somebody on this machine without one, and for what was seen.
    pub told_by: String,
}

impl Change {
    /// What tells it from others.
    pub fn id(&self) -> &str {
        &self.what.id
    }

    /// When it began to take effect.
    pub fn at(&self) -> Timestamp {
        self.what.at
    }

    /// Of a version that was seen.
    pub(super) fn seen(seen: VersionChange, product: Option<Name>, now: Timestamp) -> Self {
        let VersionChange { service, version, at, previous, kind } = seen;
        let title = match kind {
            VersionChangeKind::New => format!("{service} {version} is seen, after {previous}"),
            VersionChangeKind::Again => format!("{service} {version} is seen again, after {previous}"),
            VersionChangeKind::Rollback => format!("{service} is back at {version}, after {previous}"),
        };
        let what = suspect::Change {
            id: format!("version:{service}:{}", at.nanos()),
            at,
            end: None,
            kind: ChangeKind::Version,
            title,
            services: vec![service],
            operations: Vec::new(),
        };
        let is_rollback = kind == VersionChangeKind::Rollback;
        let (version, previous) = (Some(version), Some(previous));
        let (link, author, told_by) = (None, None, String::new());
        Self { what, product, version, previous, is_rollback, link, author, received_at: now, told_by }
    }

    /// The service and version that it brings, where it is one of each.
    pub(super) fn brings(&self) -> Option<(&Name, &str)> {
        match (&self.what.services[..], &self.version) {
            ([service], Some(version)) => Some((service, version)),
            _ => None,
        }
    }

    /// The first of the fields that `said` names in which another of the same id differs. Its end may be told later.
    pub(super) fn difference(&self, other: &Self, said: impl Fn(&str) -> bool) -> Option<&'static str> {
        let (one, two) = (&self.what, &other.what);
        let same = [
            ("kind", one.kind == two.kind),
            ("product", self.product == other.product),
            ("service", one.services == two.services),
            ("services", one.services == two.services),
            ("operations", one.operations == two.operations),
            ("version", self.version == other.version),
            ("title", one.title == two.title),
            ("link", self.link == other.link),
            ("author", self.author == other.author),
            ("start", one.at == two.at),
        ];
        same.into_iter().find(|(field, is_same)| !is_same && said(field)).map(|(field, _)| field)
    }
}
