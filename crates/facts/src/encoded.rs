//! Facts as bytes that stand by themselves: the form in which they are logged before they are counted.
//!
//! A piece has the names that its facts use, then each column as its least value and what each fact has above it, in as few bytes as the
//! largest needs: a column that is the same for all facts costs nothing a fact. Names are text, since ids are valid for one registry
//! version only; who decodes hands in the tables of the version under which the facts were made. Integrity is the log's matter: what is
//! decoded was found whole, so errors here mean another version of the software.

use crate::batch::{FactBatch, FactBuilder, NO_AMOUNT};
use crate::columns::{Kind, Role, Source};
use crate::names::{NameId, Names};
use crate::packed::{Cursor, NotPacked, put_number, put_numbers, take_numbers};
use crate::tables::NameTables;
use hashbrown::HashMap;
use milepost_annotate::Origin;
use milepost_model::Outcome;
use std::ops::Range;

/// The layouts of what follows: what came first, and the same with amounts of KPIs behind it, which is written where there are any columns of those.
const LAYOUT: u8 = 1;
const WITH_AMOUNTS: u8 = 2;

impl FactBatch {
    /// Appends facts as bytes, with the names that they use.
    pub fn encode(&self, rows: Range<usize>, tables: &NameTables, into: &mut Vec<u8>) {
        into.push(if self.amounts.is_empty() { LAYOUT } else { WITH_AMOUNTS });
        put_number(into, rows.len() as u64);
        put_number(into, self.dimensions.len() as u64);
        for (column, names) in self.name_columns(tables) {
            encode_names(&column[rows.clone()], names, into);
        }
        for column in
            [&self.role, &self.source, &self.signal, &self.kind, &self.outcome, &self.grpc_status, &self.origin]
        {
            put_numbers(column.values()[rows.clone()].iter().map(|value| u64::from(*value)), into);
        }
        put_numbers(self.http_status.values()[rows.clone()].iter().map(|value| u64::from(*value)), into);
        for column in [&self.time, &self.duration] {
            put_numbers(column.values()[rows.clone()].iter().map(|value| ordered(*value)), into);
        }
        for column in [&self.trace_high, &self.trace_low, &self.span, &self.parent, &self.sampling] {
            put_numbers(column.values()[rows.clone()].iter().copied(), into);
        }
        let lengths = rows.clone().map(|row| self.interaction(row).map_or(0, str::len) as u64);
        put_numbers(lengths, into);
        for row in rows.clone() {
            into.extend_from_slice(self.interaction(row).unwrap_or_default().as_bytes());
        }
        if !self.amounts.is_empty() {
            self.encode_amounts(rows, tables, into);
        }
    }

    fn encode_amounts(&self, rows: Range<usize>, tables: &NameTables, into: &mut Vec<u8>) {
        put_number(into, self.amounts.len() as u64);
        for (column, name) in self.amounts.iter().zip(&tables.kpi_names) {
            put_number(into, name.as_str().len() as u64);
            into.extend_from_slice(name.as_str().as_bytes());
            put_numbers(column.values()[rows.clone()].iter().copied(), into);
        }
    }

    /// Steps and objectives are told with their product, since two products may have one name.
    fn name_columns<'b>(&'b self, tables: &'b NameTables) -> impl Iterator<Item = (&'b [u32], &'b Names)> {
        let own = [
            (&self.step, &tables.step_paths),
            (&self.objective, &tables.objective_paths),
            (&self.class, &tables.classes),
            (&self.service, &tables.services),
            (&self.operation, &tables.operations),
            (&self.error, &tables.errors),
            (&self.rule, &tables.rules),
        ];
        let dimensions = self.dimensions.iter().zip(&tables.dimensions);
        own.into_iter().chain(dimensions).map(|(column, table)| (&column.values()[..], table))
    }
}

impl FactBatch {
    /// Reads the facts of one encoded piece. Names that the tables do not admit become NULL where they are the registry's, `other` where they
    /// are telemetry's.
    ///
    /// # Errors
    /// The bytes are of another version.
    pub fn decode(bytes: &[u8], tables: &mut NameTables) -> Result<Self, NotPacked> {
        let mut cursor = Cursor(bytes);
        let layout = cursor.byte()?;
        if ![LAYOUT, WITH_AMOUNTS].contains(&layout) {
            return Err(NotPacked("unknown layout"));
        }
        let rows = cursor.count(MAX_ROWS)?;
        let dimensions = cursor.count(MAX_DIMENSIONS)?;
        let mut builder = FactBuilder::new(tables);
        builder.decode_columns(&mut cursor, rows, dimensions, tables)?;
        if layout == WITH_AMOUNTS {
            builder.decode_amounts(&mut cursor, rows, tables)?;
        }
        // A KPI that was declared later.
        builder.amounts.iter_mut().for_each(|column| column.resize(rows, NO_AMOUNT));
        Ok(builder.take())
    }
}

impl FactBuilder {
    fn decode_columns(
        &mut self,
        cursor: &mut Cursor<'_>,
        rows: usize,
        dimensions: usize,
        tables: &mut NameTables,
    ) -> Result<(), NotPacked> {
        let known = |names: &mut Names, text: &str| names.find(text).unwrap_or_default().0;
        let admitted = |names: &mut Names, text: &str| names.id(text).0;
        decode_names(cursor, rows, &mut self.step, |text| known(&mut tables.step_paths, text))?;
        decode_names(cursor, rows, &mut self.objective, |text| known(&mut tables.objective_paths, text))?;
        // A class that is gone counts as the first, which every registry has.
        decode_names(cursor, rows, &mut self.class, |text| known(&mut tables.classes, text).max(1))?;
        decode_names(cursor, rows, &mut self.service, |text| admitted(&mut tables.services, text))?;
        decode_names(cursor, rows, &mut self.operation, |text| admitted(&mut tables.operations, text))?;
        decode_names(cursor, rows, &mut self.error, |text| admitted(&mut tables.errors, text))?;
        decode_names(cursor, rows, &mut self.rule, |text| known(&mut tables.rules, text))?;
        let mut beyond = Vec::new();
        for at in 0..dimensions {
            match (self.dimensions.get_mut(at), tables.dimensions.get_mut(at)) {
                (Some(column), Some(names)) => decode_names(cursor, rows, column, |text| admitted(names, text))?,
                _ => decode_names(cursor, rows, &mut beyond, |_| 0)?,
            }
        }
        self.dimensions.iter_mut().for_each(|column| column.resize(rows, 0));
        let any_code = usize::from(u8::MAX) + 1;
        for (column, codes) in [
            (&mut self.role, Role::ALL.len()),
            (&mut self.source, Source::ALL.len()),
            (&mut self.signal, 2),
            (&mut self.kind, Kind::ALL.len()),
            (&mut self.outcome, Outcome::ALL.len()),
            (&mut self.grpc_status, any_code),
            (&mut self.origin, Origin::ALL.len()),
        ] {
            take_numbers(cursor, rows, |value| column.push(value as u8))?;
            if column.iter().any(|code| usize::from(*code) >= codes) {
                return Err(NotPacked("a code is not known"));
            }
        }
        take_numbers(cursor, rows, |value| self.http_status.push(value as u16))?;
        take_numbers(cursor, rows, |value| self.time.push(unordered(value)))?;
        take_numbers(cursor, rows, |value| self.duration.push(unordered(value)))?;
        for column in [&mut self.trace_high, &mut self.trace_low, &mut self.span, &mut self.parent, &mut self.sampling]
        {
            take_numbers(cursor, rows, |value| column.push(value))?;
        }
        let mut lengths = Vec::with_capacity(rows);
        take_numbers(cursor, rows, |value| lengths.push(value))?;
        for length in lengths {
            let bytes =
                cursor.take(usize::try_from(length).map_err(|_| NotPacked("an interaction id is too long"))?)?;
            self.push_interaction(std::str::from_utf8(bytes).map_err(|_| NotPacked("an interaction id is not text"))?);
        }
        Ok(())
    }
}

impl FactBuilder {
    /// Columns of KPIs by name: those that the tables do not have are passed over.
    fn decode_amounts(&mut self, cursor: &mut Cursor<'_>, rows: usize, tables: &NameTables) -> Result<(), NotPacked> {
        let mut beyond = Vec::new();
        for _ in 0..cursor.count(MAX_DIMENSIONS)? {
            let length = cursor.count(MAX_ROWS)?;
            let name = std::str::from_utf8(cursor.take(length)?).map_err(|_| NotPacked("a name is not text"))?;
            let at = tables.kpi_names.iter().position(|known| known.as_str() == name);
            let column = at.and_then(|at| self.amounts.get_mut(at)).unwrap_or(&mut beyond);
            column.clear();
            take_numbers(cursor, rows, |value| column.push(value))?;
        }
        Ok(())
    }
}

/// Most facts in one piece, and most dimensions of a fact: what lies above was not written by an encoder.
const MAX_ROWS: u64 = 1 << 24;
const MAX_DIMENSIONS: u64 = 1 << 10;

/// Keeps the order of signed numbers in unsigned ones.
fn ordered(value: i64) -> u64 {
    (value as u64) ^ (1 << 63)
}

fn unordered(value: u64) -> i64 {
    (value ^ (1 << 63)) as i64
}

fn encode_names(column: &[u32], names: &Names, into: &mut Vec<u8>) {
    let mut order: Vec<u32> = Vec::new();
    let mut positions: HashMap<u32, u64> = HashMap::new();
    let mut last = (0, 0);
    let positions_of: Vec<u64> = column
        .iter()
        .map(|id| {
            if *id == last.0 {
                return last.1;
            }
            let position = if *id == 0 {
                0
            } else {
                *positions.entry(*id).or_insert_with(|| {
                    order.push(*id);
                    order.len() as u64
                })
            };
            last = (*id, position);
            position
        })
        .collect();
    put_number(into, order.len() as u64);
    for id in order {
        let text = names.text(NameId(id)).unwrap_or_default();
        put_number(into, text.len() as u64);
        into.extend_from_slice(text.as_bytes());
    }
    put_numbers(positions_of.iter().copied(), into);
}

fn decode_names(
    cursor: &mut Cursor<'_>,
    rows: usize,
    column: &mut Vec<u32>,
    mut id: impl FnMut(&str) -> u32,
) -> Result<(), NotPacked> {
    let count = cursor.count(MAX_ROWS)?;
    let mut ids = Vec::with_capacity(count.min(rows) + 1);
    ids.push(0);
    for _ in 0..count {
        let length = cursor.count(MAX_ROWS)?;
        let text = std::str::from_utf8(cursor.take(length)?).map_err(|_| NotPacked("a name is not text"))?;
        ids.push(id(text));
    }
    let mut unknown = false;
    take_numbers(cursor, rows, |position| {
        let id = usize::try_from(position).ok().and_then(|position| ids.get(position));
        unknown |= id.is_none();
        column.push(id.copied().unwrap_or_default());
    })?;
    if unknown { Err(NotPacked("a name is not there")) } else { Ok(()) }
}
