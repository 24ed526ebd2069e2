//! Changes as other programs read them.

use super::{Change, ChangeKind, Detail, Diff, Trend};
use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

impl Serialize for Diff {
    /// `summary`, and `changes` with `product`, `kind`, `name`, `title`, `change`, `formerly`, `trend` and `details`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut diff = serializer.serialize_struct("Diff", 2)?;
        diff.serialize_field("summary", &self.summary())?;
        diff.serialize_field("changes", &self.changes.iter().map(Record::of).collect::<Vec<_>>())?;
        diff.end()
    }
}

#[derive(Serialize)]
struct Record<'d> {
    /// None for what all products have in common.
    product: Option<&'d str>,
    /// The kind of thing.
    kind: &'static str,
    name: &'d str,
    title: &'d str,
    change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    formerly: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trend: Option<String>,
    details: Vec<DetailRecord<'d>>,
}

#[derive(Serialize)]
struct DetailRecord<'d> {
    aspect: &'d str,
    before: Option<&'d str>,
    after: Option<&'d str>,
    effects: &'d [String],
}

impl<'d> Record<'d> {
    fn of(change: &'d Change) -> Self {
        let (word, formerly) = match &change.kind {
            ChangeKind::Added => ("added", None),
            ChangeKind::Removed => ("removed", None),
            ChangeKind::Renamed { from } => ("renamed", Some(&**from)),
            ChangeKind::Changed => ("changed", None),
        };
        let trend = change.trend.map(|trend| match trend {
            Trend::Stricter => "stricter".to_owned(),
            Trend::Looser => "looser".to_owned(),
            Trend::Becomes(criticality) => format!("becomes-{criticality}"),
        });
        Self {
            product: change.product.as_ref().map(milepost_model::Name::as_str),
            kind: change.noun.as_str(),
            name: &change.name,
            title: &change.title,
            change: word,
            formerly,
            trend,
            details: change.details.iter().map(DetailRecord::of).collect(),
        }
    }
}

impl<'d> DetailRecord<'d> {
    fn of(detail: &'d Detail) -> Self {
        let Detail { aspect, before, after, effects } = detail;
        Self { aspect, before: before.as_deref(), after: after.as_deref(), effects }
    }
}
