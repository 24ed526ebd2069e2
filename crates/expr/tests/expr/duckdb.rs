//! Expressions mean here what they mean in SQL: DuckDB's recorded answers, row by row.

use super::parse;
use milepost_expr::{Column, ColumnType, Scalar};

#[test]
fn every_expression_and_its_normal_form_answer_as_duckdb_does() {
    let lines = include_str!("duckdb.txt").lines().map(|line| line.split('|').collect::<Vec<_>>());
    let (mut columns, mut rows, mut compared) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        match line.as_slice() {
            ["columns", names @ ..] => columns = names.to_vec(),
            ["row", cells @ ..] => rows.push(cells.to_vec()),
            ["expression", text, answers] => {
                let expr = parse(text);
                for expr in [&expr, &parse(&expr.to_string())] {
                    let ours = rows.iter().map(|row| answer(expr.eval(&|column| cell(column, &columns, row))));
                    assert_eq!(ours.collect::<String>(), *answers, "{text}");
                    compared += rows.len();
                }
            }
            _ => assert!(line[0].starts_with('#'), "{line:?}"),
        }
    }
    assert!(compared > 500, "the file holds expressions and rows");
}

fn cell<'a>(column: &Column, columns: &[&str], row: &[&'a str]) -> Scalar<'a> {
    let text = row[columns.iter().position(|name| *name == column.name()).expect("a column of the file")];
    match column.column_type() {
        _ if text == "NULL" => Scalar::Null,
        ColumnType::Text => Scalar::Text(text),
        ColumnType::Integer => Scalar::Integer(text.parse().expect("a number")),
    }
}

fn answer(value: Option<bool>) -> char {
    match value {
        Some(true) => 'T',
        Some(false) => 'F',
        None => '-',
    }
}
