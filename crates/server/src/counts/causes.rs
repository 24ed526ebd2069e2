//! What bad attempts of indicators were bad by, for whoever asks what spent an error budget. What is not told apart any more counts as one cause.

use super::counter::text;
use super::{Cell, Counts, SeriesKey};
use hashbrown::HashMap;
use milepost_facts::{FactBatch, IndicatorCounter, NameId, NameTables};
use milepost_model::{GrpcStatus, Minute};
use milepost_store::SeriesId;

/// The series of causes of one registry version.
#[derive(Debug)]
pub(super) struct Causes {
    indicators: Vec<OfIndicator>,
    series: HashMap<(usize, What), SeriesId>,
    /// The bad rows of a batch, each with the place of its indicator.
    bad: Vec<(usize, u32)>,
}

#[derive(Clone, Debug, Default)]
struct OfIndicator {
    id: String,
    /// How many series it has.
    known: usize,
}

/// What an attempt was bad by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct What {
    operation: NameId,
    error: Error,
}

/// What went wrong, as far as the attempt says: its error type, else its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Error {
    Type(NameId),
    Grpc(GrpcStatus),
    Http(u16),
    Untold,
}

/// The first HTTP status of an error.
const FIRST_HTTP_ERROR: u16 = 400;
/// Most causes that are told apart of an indicator: more than anybody reads, and those of 10,000 SLOs are half of all series that there may be.
const MAX_CAUSES: usize = 50;
/// What stands for all others.
const OTHER: &str = "other";

impl Causes {
    /// With the causes that were counted before.
    pub(super) fn new(indicators: &IndicatorCounter, counts: &Counts) -> Self {
        let mut of = vec![OfIndicator::default(); indicators.ids().count()];
        let mut places = HashMap::new();
        for (at, id) in indicators.ids() {
            of[at].id = id.to_string();
            places.insert(id.to_string(), at);
        }
        let all = (0..counts.series.len()).filter_map(|at| u32::try_from(at).ok().map(SeriesId));
        for key in all.filter_map(|series| counts.series.key(series)).filter(|key| key.starts_with("cause")) {
            if let Some(SeriesKey::Cause { indicator, .. }) = SeriesKey::parse(key)
                && let Some(at) = places.get(&indicator)
            {
                of[*at].known += 1;
            }
        }
        Self { indicators: of, series: HashMap::new(), bad: Vec::new() }
    }

    /// Notes a bad row of the batch that is being counted.
    pub(super) fn note(&mut self, indicator: usize, row: u32) {
        self.bad.push((indicator, row));
    }

    /// Counts what was noted.
    pub(super) fn count(&mut self, batch: &FactBatch, tables: &NameTables, counts: &mut Counts) {
        // Neighbours mostly have one cause and one minute.
        let mut run: Option<((SeriesId, Minute), Cell)> = None;
        for (indicator, row) in std::mem::take(&mut self.bad) {
            let row = row as usize;
            let series = self.series(indicator, What::of(batch, row), tables, counts);
            let at = (series, batch.time(row).minute());
            if run.is_some_and(|(of, _)| of != at)
                && let Some((of, cell)) = run.take()
            {
                counts.add(of.0, of.1, &cell);
            }
            run.get_or_insert((at, Cell::default())).1[0] += 1;
        }
        if let Some((of, cell)) = run {
            counts.add(of.0, of.1, &cell);
        }
    }

    fn series(&mut self, indicator: usize, what: What, tables: &NameTables, counts: &mut Counts) -> SeriesId {
        let OfIndicator { id, known } = &mut self.indicators[indicator];
        *self.series.entry((indicator, what)).or_insert_with(|| {
            let key = |operation: String, error_type: String| {
                SeriesKey::Cause { indicator: id.clone(), operation, error_type }.text()
            };
            let other = key(OTHER.to_owned(), String::new());
            let wanted = key(text(&tables.operations, what.operation), what.error.text(tables));
            if let Some(series) = counts.series.find(&wanted) {
                return series;
            }
            if *known >= MAX_CAUSES {
                return counts.series(&other, &other);
            }
            *known += 1;
            counts.series(&wanted, &other)
        })
    }
}

impl What {
    fn of(batch: &FactBatch, row: usize) -> Self {
        let error = match (batch.error(row), batch.grpc_status(row), batch.http_status(row)) {
            (error, ..) if error != NameId::NULL => Error::Type(error),
            (_, Some(status), _) if status.as_str() != "OK" => Error::Grpc(status),
            (_, None, status) if status >= FIRST_HTTP_ERROR => Error::Http(status),
            _ => Error::Untold,
        };
        Self { operation: batch.operation(row), error }
    }
}

impl Error {
    fn text(self, tables: &NameTables) -> String {
        match self {
            Self::Type(error) => text(&tables.errors, error),
            Self::Grpc(status) => status.as_str().to_owned(),
            Self::Http(status) => status.to_string(),
            Self::Untold => String::new(),
        }
    }
}
