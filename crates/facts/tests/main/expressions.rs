//! A program decides each row as the plain reading of its expression does.

use crate::generate::{self, REGISTRY, batch, expression, parse, row, sample};
use milepost_facts::Program;
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_program_decides_each_row_as_its_expression_reads(
        text in expression(),
        batches in prop::collection::vec(prop::collection::vec(row(), 0..40), 1..3),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..20)
    ) {
        let mut tables = generate::tables(&REGISTRY);
        let expr = parse(&text);
        // Compiled before the names of the facts are known, as it is when reading.
        let mut program = Program::new(&expr, &tables);
        for rows in &batches {
            let batch = batch(rows, &mut tables);
            // All rows, then some in any order and more than once.
            let all: Vec<u32> = (0..).take(rows.len()).collect();
            let picked: Vec<u32> = picks.iter().filter(|_| !rows.is_empty()).map(|pick| all[pick.index(rows.len())]).collect();
            for wanted in [all, picked] {
                let answers = program.evaluate(&batch, &wanted, &tables);
                prop_assert_eq!(answers.len(), wanted.len());
                for (answer, at) in answers.iter().zip(wanted) {
                    let row = &rows[at as usize];
                    let expected = expr.eval(&|column| row.cell(column)) == Some(true);
                    prop_assert_eq!(answer, expected, "{} as {} on {:?}", text, expr, row);
                }
            }
        }
    }
}

#[test]
fn a_dimension_that_the_tables_lack_is_null() {
    let mut bare = REGISTRY.clone();
    bare.products[0].dimensions.clear();
    let mut tables = generate::tables(&bare);
    let facts = batch(&[sample()], &mut tables);
    for (text, holds) in [("region IS NULL", true), ("region <> 'a'", false), ("NOT region = 'a'", false)] {
        let mut program = Program::new(&parse(text), &tables);
        assert_eq!(program.evaluate(&facts, &[0], &tables).value(0), holds, "{text}");
    }
}
