//! Names of several readers brought together: each reader fills tables of its own without waiting for others, and tells what it admitted;
//! whoever puts facts together keeps, for each reader, what its ids are in the common tables.

use crate::names::{NameTables, Names};

/// Names that a reader's tables admitted since it last told them.
#[derive(Debug, Default)]
pub struct NewNames {
    services: Vec<Box<str>>,
    operations: Vec<Box<str>>,
    errors: Vec<Box<str>>,
    dimensions: Vec<Vec<Box<str>>>,
}

/// How many names of each table a reader has told.
#[derive(Debug)]
pub struct Told {
    services: usize,
    operations: usize,
    errors: usize,
    dimensions: Vec<usize>,
}

impl Told {
    /// Nothing told yet but the registry's own names, which all tables of one registry version have alike.
    pub fn new(tables: &NameTables) -> Self {
        let own = |names: &Names| names.reserved() + 1;
        Self {
            services: own(&tables.services),
            operations: own(&tables.operations),
            errors: own(&tables.errors),
            dimensions: tables.dimensions.iter().map(own).collect(),
        }
    }

    /// What the tables admitted since.
    pub fn news(&mut self, tables: &NameTables) -> NewNames {
        fn news(names: &Names, told: &mut usize) -> Vec<Box<str>> {
            let news = names.since(*told).map(Into::into).collect();
            *told = names.len();
            news
        }
        let dimensions = tables.dimensions.iter().zip(&mut self.dimensions);
        NewNames {
            services: news(&tables.services, &mut self.services),
            operations: news(&tables.operations, &mut self.operations),
            errors: news(&tables.errors, &mut self.errors),
            dimensions: dimensions.map(|(names, told)| news(names, told)).collect(),
        }
    }
}

/// What the ids of a reader's tables are in the common tables.
#[derive(Debug)]
pub struct Renaming {
    pub(crate) services: Vec<u32>,
    pub(crate) operations: Vec<u32>,
    pub(crate) errors: Vec<u32>,
    pub(crate) dimensions: Vec<Vec<u32>>,
}

impl Renaming {
    /// Of a reader that told nothing yet.
    pub fn new(tables: &NameTables) -> Self {
        let own = |names: &Names| (0..).take(names.reserved() + 1).collect();
        Self {
            services: own(&tables.services),
            operations: own(&tables.operations),
            errors: own(&tables.errors),
            dimensions: tables.dimensions.iter().map(own).collect(),
        }
    }

    /// Takes in what the reader told.
    pub fn learn(&mut self, news: &NewNames, tables: &mut NameTables) {
        fn learn(ids: &mut Vec<u32>, news: &[Box<str>], names: &mut Names) {
            ids.extend(news.iter().map(|text| names.id(text).0));
        }
        learn(&mut self.services, &news.services, &mut tables.services);
        learn(&mut self.operations, &news.operations, &mut tables.operations);
        learn(&mut self.errors, &news.errors, &mut tables.errors);
        for ((ids, news), names) in self.dimensions.iter_mut().zip(&news.dimensions).zip(&mut tables.dimensions) {
            learn(ids, news, names);
        }
    }
}
