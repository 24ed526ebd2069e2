//! Facts back from an Arrow record batch, whoever wrote it and under whichever registry.

use crate::batch::{
    FactBatch, FactBuilder, NO_AMOUNT, NO_DURATION, NO_GRPC_STATUS, NO_HTTP_STATUS, NO_SAMPLING, packed,
};
use crate::columns::{Kind, Role, Source, texts};
use crate::names::Names;
use crate::tables::NameTables;
use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array as _, Int32Array, PrimitiveArray, RecordBatch, StringArray};
use hashbrown::HashMap;
use milepost_annotate::Origin;
use milepost_model::{Amount, Outcome, Signal};
use thiserror::Error;

/// Columns that are not those of facts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotFactColumns {
    /// A column has another type.
    #[error("the column `{0}` has another type than that of facts")]
    Type(String),
    /// The one column without which there is no fact.
    #[error("there is no column `time`")]
    NoTime,
    /// A newer version wrote it.
    #[error("the column `{column}` has `{text}`, which this version does not know")]
    Unknown {
        /// The column.
        column: &'static str,
        /// What it has.
        text: String,
    },
}

impl FactBatch {
    /// Reads what [`super::to_record_batch`] wrote, also under other tables, and with names as dictionaries. Columns are found by name: what is missing is NULL, and what is not
    /// known is passed over. Names that the tables do not admit become NULL where they are the registry's, `other` where they are telemetry's.
    ///
    /// What has no NULL becomes what counts least where its column is missing: a span that the service saw, an operation of the first class,
    /// abandoned.
    ///
    /// # Errors
    /// These are no columns of facts, or those of a newer version.
    pub fn from_record_batch(rows: &RecordBatch, tables: &mut NameTables) -> Result<Self, NotFactColumns> {
        let columns = Columns(rows);
        let mut builder = FactBuilder::new(tables);
        builder.read_names(&columns, tables)?;
        builder.read_codes(&columns)?;
        builder.read_numbers(&columns)?;
        builder.read_amounts(&columns, tables)?;
        builder.read_ids(&columns)?;
        Ok(builder.take())
    }
}

impl FactBuilder {
    fn read_names(&mut self, columns: &Columns<'_>, tables: &mut NameTables) -> Result<(), NotFactColumns> {
        let known = |names: &Names, text: &str| names.find(text).unwrap_or_default().0;
        let products = columns.texts("product")?;
        self.step = columns.names("step", products, |product, step| {
            product.map_or(0, |product| known(&tables.step_paths, &format!("{product}/{step}")))
        })?;
        // A fact without a step has no product; then the objective is known by a name that only one has.
        self.objective = columns.names("objective", products, |product, objective| match product {
            Some(product) => known(&tables.objective_paths, &format!("{product}/{objective}")),
            None => only(&tables.objectives, objective),
        })?;
        let alone = Texts::Missing;
        // A class that is gone counts as the first, which every registry has.
        self.class = columns.names("class", alone, |_, class| known(&tables.classes, class))?;
        self.class.iter_mut().for_each(|class| *class = (*class).max(1));
        self.rule = columns.names("rule", alone, |_, rule| known(&tables.rules, rule))?;
        self.service = columns.names("service", alone, |_, text| tables.services.id(text).0)?;
        self.operation = columns.names("operation", alone, |_, text| tables.operations.id(text).0)?;
        self.error = columns.names("error_type", alone, |_, text| tables.errors.id(text).0)?;
        let dimensions = self.dimensions.iter_mut().zip(&mut tables.dimensions).zip(&tables.dimension_names);
        for ((column, names), name) in dimensions {
            *column = columns.names(&super::column_of(name), alone, |_, text| names.id(text).0)?;
        }
        Ok(())
    }

    fn read_codes(&mut self, columns: &Columns<'_>) -> Result<(), NotFactColumns> {
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| kind.column_text()).collect();
        self.role = columns.codes("role", &texts(Role::ALL, Role::as_str), Role::Operation.code())?;
        self.source = columns.codes("source", &texts(Source::ALL, Source::as_str), Source::Service.code())?;
        let signals = texts(&[Signal::Spans, Signal::Logs], Signal::as_str);
        self.signal = columns.codes("signal", &signals, Signal::Spans as u8)?;
        self.kind = columns.codes("kind", &kinds, Kind::Unspecified.code())?;
        self.outcome = columns.codes("outcome", &texts(&Outcome::ALL, Outcome::as_str), Outcome::Abandoned as u8)?;
        self.origin = columns.codes("annotation", &texts(&Origin::ALL, Origin::as_str), Origin::None as u8)?;
        Ok(())
    }

    fn read_numbers(&mut self, columns: &Columns<'_>) -> Result<(), NotFactColumns> {
        let times = columns.numbers::<TimestampNanosecondType>("time")?.ok_or(NotFactColumns::NoTime)?;
        self.time = times.values().to_vec();
        self.duration = columns.integers("duration_ns", |number| number.unwrap_or(NO_DURATION))?;
        let status = |number: Option<i64>| number.and_then(|n| u16::try_from(n).ok()).unwrap_or(NO_HTTP_STATUS);
        self.http_status = columns.integers("http_status", status)?;
        let status = |number: Option<i64>| number.and_then(|n| u8::try_from(n).ok()).unwrap_or(NO_GRPC_STATUS);
        self.grpc_status = columns.integers("grpc_status", status)?;
        let threshold = |number: Option<i64>| number.and_then(|n| u64::try_from(n).ok()).unwrap_or(NO_SAMPLING);
        self.sampling = columns.integers("sampling_threshold", threshold)?;
        Ok(())
    }

    fn read_amounts(&mut self, columns: &Columns<'_>, tables: &NameTables) -> Result<(), NotFactColumns> {
        let amount = |number: Option<i64>| {
            let micros = number.and_then(|micros| u64::try_from(micros).ok());
            micros.map_or(NO_AMOUNT, |micros| packed(Amount::from_micros(micros).ok()))
        };
        for (column, name) in self.amounts.iter_mut().zip(&tables.kpi_names) {
            *column = columns.integers(&super::amount_column_of(name), amount)?;
        }
        Ok(())
    }

    fn read_ids(&mut self, columns: &Columns<'_>) -> Result<(), NotFactColumns> {
        let half = |text: &str, from: usize| {
            let digits = text.get(from..from + 16);
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
        };
        let rows = columns.0.num_rows();
        let ids = |texts: Texts<'_>, from: usize| -> Vec<u64> {
            match texts {
                Texts::Missing => vec![0; rows],
                texts => (0..rows).map(|row| half(texts.get(row).unwrap_or_default(), from)).collect(),
            }
        };
        let traces = columns.texts("trace_id")?;
        (self.trace_high, self.trace_low) = (ids(traces, 0), ids(traces, 16));
        self.span = ids(columns.texts("span_id")?, 0);
        self.parent = ids(columns.texts("parent_span_id")?, 0);
        match columns.texts("interaction_id")? {
            Texts::Missing => self.interaction_ends = vec![0; rows],
            texts => (0..rows).for_each(|row| self.push_interaction(texts.get(row).unwrap_or_default())),
        }
        Ok(())
    }
}

/// The id of a name that stands once.
fn only(names: &Names, text: &str) -> u32 {
    let stands = names.since(1).filter(|name| *name == text).count();
    if stands == 1 { names.find(text).unwrap_or_default().0 } else { 0 }
}

/// Columns by name.
struct Columns<'r>(&'r RecordBatch);

/// A column of text.
#[derive(Clone, Copy)]
enum Texts<'r> {
    Missing,
    Plain(&'r StringArray),
    /// Each text once, and which of them a row has.
    Coded(&'r Int32Array, &'r StringArray),
}

impl<'r> Texts<'r> {
    fn get(self, row: usize) -> Option<&'r str> {
        match self {
            Self::Missing => None,
            Self::Plain(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Coded(codes, texts) => {
                let code = usize::try_from(codes.value(row)).ok().filter(|_| codes.is_valid(row))?;
                texts.is_valid(code).then(|| texts.value(code))
            }
        }
    }
}

impl<'r> Columns<'r> {
    fn texts(&self, name: &str) -> Result<Texts<'r>, NotFactColumns> {
        let Some(column) = self.0.column_by_name(name) else { return Ok(Texts::Missing) };
        let coded = || {
            let column = column.as_dictionary_opt::<Int32Type>()?;
            Some(Texts::Coded(column.keys(), column.values().as_string_opt()?))
        };
        let plain = column.as_string_opt().map(Texts::Plain);
        plain.or_else(coded).ok_or_else(|| NotFactColumns::Type(name.to_owned()))
    }

    fn numbers<T: arrow_array::types::ArrowPrimitiveType>(
        &self,
        name: &str,
    ) -> Result<Option<&'r PrimitiveArray<T>>, NotFactColumns> {
        let Some(column) = self.0.column_by_name(name) else { return Ok(None) };
        column.as_primitive_opt().map(Some).ok_or_else(|| NotFactColumns::Type(name.to_owned()))
    }

    fn integers<T>(&self, name: &str, number: impl Fn(Option<i64>) -> T) -> Result<Vec<T>, NotFactColumns> {
        let Some(column) = self.numbers::<Int64Type>(name)? else {
            return Ok((0..self.0.num_rows()).map(|_| number(None)).collect());
        };
        Ok(column.iter().map(number).collect())
    }

    /// The ids of a column of names, NULL as 0. What a name means may depend on another column. Each that the column has is looked up once.
    fn names(
        &self,
        name: &str,
        within: Texts<'r>,
        mut id: impl FnMut(Option<&str>, &str) -> u32,
    ) -> Result<Vec<u32>, NotFactColumns> {
        let texts = match (self.texts(name)?, within) {
            (Texts::Missing, _) => return Ok(vec![0; self.0.num_rows()]),
            (Texts::Coded(codes, texts), Texts::Missing) => {
                return Ok(each_once(codes, texts, 0, |text| id(None, text)));
            }
            (texts, _) => texts,
        };
        let mut known = HashMap::new();
        let mut last: Option<((Option<&str>, &str), u32)> = None;
        let mut ids = Vec::with_capacity(self.0.num_rows());
        for row in 0..self.0.num_rows() {
            let Some(text) = texts.get(row) else {
                ids.push(0);
                continue;
            };
            let key = (within.get(row), text);
            // Names come in runs.
            let known_id = match last {
                Some((last, id)) if last == key => id,
                _ => *known.entry(key).or_insert_with(|| id(key.0, key.1)),
            };
            last = Some((key, known_id));
            ids.push(known_id);
        }
        Ok(ids)
    }

    fn codes(
        &self,
        name: &'static str,
        known: &[Option<&'static str>],
        missing: u8,
    ) -> Result<Vec<u8>, NotFactColumns> {
        let code = |text: &str| {
            let position = known.iter().position(|known| *known == Some(text));
            // Codes fit: there are few.
            position.map(|at| at as u8).ok_or_else(|| NotFactColumns::Unknown { column: name, text: text.to_owned() })
        };
        match self.texts(name)? {
            Texts::Missing => Ok(vec![missing; self.0.num_rows()]),
            Texts::Plain(texts) => texts.iter().map(|text| text.map_or(Ok(missing), code)).collect(),
            Texts::Coded(codes, texts) => each_once(codes, texts, Ok(missing), code).into_iter().collect(),
        }
    }
}

/// What the texts of a column stand for, row by row, each text looked up once at most.
fn each_once<T: Clone>(codes: &Int32Array, texts: &StringArray, missing: T, mut of: impl FnMut(&str) -> T) -> Vec<T> {
    let mut known: Vec<Option<T>> = vec![None; texts.len()];
    let mut value = |code: Option<i32>| {
        let Some(code) = code.and_then(|code| usize::try_from(code).ok()) else { return missing.clone() };
        if texts.is_null(code) {
            return missing.clone();
        }
        known[code].get_or_insert_with(|| of(texts.value(code))).clone()
    };
    codes.iter().map(&mut value).collect()
}
