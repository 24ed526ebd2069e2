//! The expression, always in its normal form.
//!
//! Every way to make one (the parser, [`Expr::and`], [`Expr::or`], `!`) normalises as it goes, so equal meaning in
//! different spelling is one value with one printed text, and indicators are identified by a hash of that text.
//! Changing what is normalised here changes the identity of indicators, so don't do it lightly.

use crate::{Column, Predicate};
use std::collections::BTreeSet;
use std::ops::{Deref, Not};

/// A condition over the columns of one fact, in normal form.
///
/// There is no negation of a whole: by De Morgan's laws, which hold with NULL too, NOT is carried down into the
/// predicates, each of which has an exact opposite. TRUE and FALSE occur only as the whole expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// TRUE or FALSE.
    Constant(bool),
    /// A test of one column.
    Predicate(Predicate),
    /// False when any operand is, else NULL when any is, else true.
    And(Operands),
    /// True when any operand is, else NULL when any is, else false.
    Or(Operands),
}

/// What AND or OR joins: two or more, none of them of the same sort or a constant, each once, ordered by their text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Operands(Vec<Expr>);

impl Expr {
    /// All of them; TRUE of none.
    pub fn and(operands: impl IntoIterator<Item = Self>) -> Self {
        Self::join(operands, true)
    }

    /// Any of them; FALSE of none.
    pub fn or(operands: impl IntoIterator<Item = Self>) -> Self {
        Self::join(operands, false)
    }

    /// The columns that decide it: what has to be read.
    pub fn columns_used(&self) -> BTreeSet<&Column> {
        let mut columns = BTreeSet::new();
        self.collect_columns(&mut columns);
        columns
    }

    fn collect_columns<'a>(&'a self, columns: &mut BTreeSet<&'a Column>) {
        match self {
            Self::Constant(_) => {}
            Self::Predicate(predicate) => {
                columns.insert(predicate.column());
            }
            Self::And(operands) | Self::Or(operands) => operands.iter().for_each(|o| o.collect_columns(columns)),
        }
    }

    fn join(operands: impl IntoIterator<Item = Self>, conjunction: bool) -> Self {
        // TRUE adds nothing to an AND and FALSE decides it, also against NULL; an OR is the mirror image.
        let neutral = conjunction;
        let mut flat = Vec::new();
        for operand in operands {
            match operand {
                Self::Constant(value) if value == neutral => {}
                Self::Constant(_) => return Self::Constant(!neutral),
                Self::And(inner) if conjunction => flat.extend(inner.0),
                Self::Or(inner) if !conjunction => flat.extend(inner.0),
                other => flat.push(other),
            }
        }
        if flat.len() > 1 {
            // By text and not by the types' own order, which may change between releases.
            flat.sort_by_cached_key(ToString::to_string);
            flat.dedup();
        }
        if flat.len() < 2 {
            return flat.pop().unwrap_or(Self::Constant(neutral));
        }
        if conjunction { Self::And(Operands(flat)) } else { Self::Or(Operands(flat)) }
    }
}

impl Not for Expr {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Constant(value) => Self::Constant(!value),
            Self::Predicate(predicate) => Self::Predicate(!predicate),
            Self::And(operands) => Self::or(operands.0.into_iter().map(Self::not)),
            Self::Or(operands) => Self::and(operands.0.into_iter().map(Self::not)),
        }
    }
}

impl From<Predicate> for Expr {
    fn from(predicate: Predicate) -> Self {
        Self::Predicate(predicate)
    }
}

impl Deref for Operands {
    type Target = [Expr];

    fn deref(&self) -> &[Expr] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Operands {
    type Item = &'a Expr;
    type IntoIter = std::slice::Iter<'a, Expr>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
