//! Names of several readers brought together: each reader fills tables of its own without waiting for others, and tells what it admitted;
//! whoever puts facts together keeps, for each reader, what its ids are in the common tables.

use crate::names::{NameId, Names};
use crate::tables::NameTables;
use milepost_model::{ClassId, StepId};

/// Names that a reader's tables admitted since it last told them.
#[derive(Debug, Default)]
pub struct NewNames {
    services: Vec<Box<str>>,
    operations: Vec<Box<str>>,
    errors: Vec<Box<str>>,
    dimensions: Vec<Vec<Box<str>>>,
}

impl NewNames {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.operations.is_empty()
            && self.errors.is_empty()
            && self.dimensions.iter().all(Vec::is_empty)
    }
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

    /// All names of a reader's tables at once, admitted to the common ones.
    pub fn of(reader: &NameTables, tables: &mut NameTables) -> Self {
        let mut names = Self::new(tables);
        names.learn(&Told::new(reader).news(reader), tables);
        names
    }

    /// An operation of the reader's.
    pub fn operation(&self, id: NameId) -> NameId {
        NameId(self.operations[id.0 as usize])
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

/// What the ids of one registry version are in the next: names stay, steps and classes that are gone have none.
#[derive(Debug)]
pub struct Moved {
    services: Vec<NameId>,
    operations: Vec<NameId>,
    errors: Vec<NameId>,
    /// By the position of the dimension after: where it was, with its values.
    dimensions: Vec<Option<(usize, Vec<NameId>)>>,
    steps: Vec<Option<StepId>>,
    classes: Vec<Option<ClassId>>,
}

impl Moved {
    /// From the tables of one version to those of the next.
    pub fn new(from: &NameTables, to: &mut NameTables) -> Self {
        fn admitted(from: &Names, to: &mut Names) -> Vec<NameId> {
            std::iter::once(NameId::NULL).chain(from.since(1).map(|text| to.id(text))).collect()
        }
        let found = |from: &Names, to: &Names| -> Vec<Option<usize>> {
            from.since(1).map(|text| to.find(text).map(|id| id.0 as usize - 1)).collect()
        };
        let steps = found(&from.step_paths, &to.step_paths).into_iter().map(|at| at.map(StepId::new)).collect();
        let classes = found(&from.classes, &to.classes).into_iter().map(|at| at.map(ClassId::new)).collect();
        let names = to.dimension_names.iter().zip(&mut to.dimensions);
        let dimensions = names.map(|(name, values)| {
            let was = from.dimension_names.iter().position(|known| known == name)?;
            Some((was, admitted(&from.dimensions[was], values)))
        });
        Self {
            dimensions: dimensions.collect(),
            services: admitted(&from.services, &mut to.services),
            operations: admitted(&from.operations, &mut to.operations),
            errors: admitted(&from.errors, &mut to.errors),
            steps,
            classes,
        }
    }

    /// A service.
    pub fn service(&self, id: NameId) -> NameId {
        self.services[id.0 as usize]
    }

    /// An operation.
    pub fn operation(&self, id: NameId) -> NameId {
        self.operations[id.0 as usize]
    }

    /// An error type.
    pub fn error(&self, id: NameId) -> NameId {
        self.errors[id.0 as usize]
    }

    /// A step; `None` when it is gone.
    pub fn step(&self, id: StepId) -> Option<StepId> {
        self.steps[id.index()]
    }

    /// A class; the first, which every registry has, when it is gone.
    pub fn class(&self, id: ClassId) -> ClassId {
        self.classes[id.index()].unwrap_or(ClassId::new(0))
    }

    /// The dimensions of an event.
    pub fn dimensions(&self, were: &[NameId]) -> Vec<NameId> {
        let value = |moved: &Option<(usize, Vec<NameId>)>| {
            let (was, values) = moved.as_ref()?;
            were.get(*was).map(|id| values[id.0 as usize])
        };
        self.dimensions.iter().map(|moved| value(moved).unwrap_or(NameId::NULL)).collect()
    }
}
