//! What expressions mean, how they print, and what is said about wrong ones; through the public interface only.

mod diagnostics;
mod duckdb;
mod grammar;
mod properties;

use milepost_expr::{Columns, Expr};
use milepost_model::Name;

/// The fact columns, and the dimensions `region` and `app-version`.
fn columns() -> Columns {
    let mut columns = Columns::facts();
    for dimension in ["region", "app-version"] {
        let name = Name::new(dimension).expect("a name");
        columns.declare(&name).expect("a column");
    }
    columns
}

fn parse(text: &str) -> Expr {
    Expr::parse(text, &columns()).unwrap_or_else(|errors| panic!("{text}: {errors:#?}"))
}
