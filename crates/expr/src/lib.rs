//! SLI expressions: parsed, checked against the fact columns, and printed in one normal form.
//!
//! `valid` and `good` of an SLI are conditions over the columns of one fact. The grammar is a small part of SQL, and
//! every accepted text means in SQL what it means here:
//!
//! ```text
//! either    = both { OR both }                          AND binds tighter than OR,
//! both      = condition { AND condition }               NOT tighter than AND
//! condition = NOT condition | ( either ) | TRUE | FALSE
//!           | column compare literal | literal compare column     = <> != < <= > >=
//!           | column [NOT] IN ( literal, ... )
//!           | column [NOT] BETWEEN literal AND literal
//!           | column [NOT] LIKE 'prefix%'
//!           | column IS [NOT] NULL
//! literal   = 'text, with '' for a quote' | whole number of 64 bits, with or without sign
//! ```
//!
//! Logic is three-valued: a comparison with NULL is neither true nor false, and what is not true at the end does not
//! count. Text is compared byte by byte. Keywords are read in any case, column names are lower case.
//!
//! This crate holds no evaluation over columns: `facts` has that. [`Expr::eval`] decides one row, plainly, for tests
//! to compare with.

mod column;
mod error;
mod eval;
mod expr;
mod lex;
mod operator;
mod parse;
mod predicate;
mod print;
mod reserved;
mod suggest;
mod value;

pub use column::{Column, ColumnType, Columns, DimensionColumn, DimensionError, FactColumn};
pub use error::{ExprError, Problem, ProblemKind};
pub use eval::Scalar;
pub use expr::{Expr, Operands};
pub use operator::Operator;
pub use parse::{MAX_DEPTH, MAX_TEXT_BYTES};
pub use predicate::{Comparison, MAX_IN_VALUES, Predicate, Test};
pub use value::Value;
