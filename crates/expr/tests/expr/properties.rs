//! Random expressions against an independent reading of three-valued logic, in random spellings.

use super::columns;
use milepost_expr::{Column, Expr, Scalar};
use proptest::prelude::*;

/// An expression as a person might think it: nothing is normalised.
#[derive(Clone, Debug)]
enum Wild {
    Constant(bool),
    Compare(usize, &'static str, Literal),
    In(usize, Vec<Literal>),
    Between(usize, Literal, Literal),
    StartsWith(usize, &'static str),
    IsNull(usize),
    Not(Box<Wild>),
    And(Vec<Wild>),
    Or(Vec<Wild>),
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Eq, Ord)]
enum Literal {
    Text(&'static str),
    Integer(i64),
}

const TEXT_COLUMNS: [&str; 3] = ["service", "region", "app_version"];
const NAMES: [&str; 5] = ["service", "region", "app_version", "http_status", "duration_ns"];
const TEXTS: [&str; 8] = ["", "a", "ab", "abc", "b'c", "é", "AND", "a%"];
const PREFIXES: [&str; 4] = ["a", "ab", "b'", "é"];
const INTEGERS: [i64; 6] = [i64::MIN, -1, 0, 1, 500, i64::MAX];

type Row = [Option<Literal>; NAMES.len()];

fn literal(column: usize) -> BoxedStrategy<Literal> {
    if column < TEXT_COLUMNS.len() {
        prop::sample::select(&TEXTS[..]).prop_map(Literal::Text).boxed()
    } else {
        prop::sample::select(&INTEGERS[..]).prop_map(Literal::Integer).boxed()
    }
}

fn row() -> impl Strategy<Value = Row> {
    let cell = |column| prop::option::weighted(0.75, literal(column));
    (cell(0), cell(1), cell(2), cell(3), cell(4)).prop_map(|(a, b, c, d, e)| [a, b, c, d, e])
}

fn leaf() -> impl Strategy<Value = Wild> {
    let operator = prop::sample::select(&["=", "<>", "<", "<=", ">", ">="][..]);
    let column = 0..NAMES.len();
    let text = 0..TEXT_COLUMNS.len();
    prop_oneof![
        1 => any::<bool>().prop_map(Wild::Constant),
        4 => (column.clone(), operator).prop_flat_map(|(c, op)| literal(c).prop_map(move |v| Wild::Compare(c, op, v))),
        2 => column.clone().prop_flat_map(|c| prop::collection::vec(literal(c), 1..4).prop_map(move |v| Wild::In(c, v))),
        2 => column.clone().prop_flat_map(|c| (literal(c), literal(c))
            .prop_map(move |(a, b)| Wild::Between(c, a.min(b), a.max(b)))),
        1 => (text, prop::sample::select(&PREFIXES[..])).prop_map(|(c, prefix)| Wild::StartsWith(c, prefix)),
        1 => column.prop_map(Wild::IsNull),
    ]
}

fn wild() -> impl Strategy<Value = Wild> {
    leaf().prop_recursive(5, 24, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|operand| Wild::Not(Box::new(operand))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Wild::And),
            prop::collection::vec(inner, 1..4).prop_map(Wild::Or),
        ]
    })
}

/// False, NULL, true as 0, 1, 2: AND is the least, OR the greatest, NOT the mirror.
fn value(wild: &Wild, row: &Row) -> u8 {
    let of =
        |column: usize, holds: &dyn Fn(Literal) -> bool| row[column].map_or(1, |cell| if holds(cell) { 2 } else { 0 });
    match wild {
        Wild::Constant(constant) => u8::from(*constant) * 2,
        Wild::Compare(column, op, value) => of(*column, &|cell| match *op {
            "=" => cell == *value,
            "<>" => cell != *value,
            "<" => cell < *value,
            "<=" => cell <= *value,
            ">" => cell > *value,
            _ => cell >= *value,
        }),
        Wild::In(column, values) => of(*column, &|cell| values.contains(&cell)),
        Wild::Between(column, low, high) => of(*column, &|cell| *low <= cell && cell <= *high),
        Wild::StartsWith(column, prefix) => {
            of(*column, &|cell| matches!(cell, Literal::Text(text) if text.starts_with(prefix)))
        }
        Wild::IsNull(column) => u8::from(row[*column].is_none()) * 2,
        Wild::Not(operand) => 2 - value(operand, row),
        Wild::And(operands) => operands.iter().map(|o| value(o, row)).min().unwrap_or(2),
        Wild::Or(operands) => operands.iter().map(|o| value(o, row)).max().unwrap_or(0),
    }
}

fn eval(expr: &Expr, row: &Row) -> u8 {
    let cell = |column: &Column| match NAMES.iter().position(|name| *name == column.name()).and_then(|i| row[i]) {
        Some(Literal::Text(text)) => Scalar::Text(text),
        Some(Literal::Integer(number)) => Scalar::Integer(number),
        None => Scalar::Null,
    };
    expr.eval(&cell).map_or(1, |holds| u8::from(holds) * 2)
}

/// Writes an expression with choices that must not matter, drawn from a tape that repeats.
struct Speller<'a> {
    tape: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    /// How often more may be written around a part: a tape of zeros would never end.
    extras: usize,
    text: String,
}

impl<'a> Speller<'a> {
    fn spell(wild: &Wild, tape: &'a [u8]) -> String {
        let mut speller = Self { tape: tape.iter().cycle(), extras: 12, text: String::new() };
        speller.write(wild, false);
        speller.text
    }

    fn choose(&mut self, choices: usize) -> usize {
        usize::from(*self.tape.next().expect("the tape is not empty")) % choices
    }

    fn word(&mut self, word: &str) {
        let space = [" ", "  ", "\n", "\t "][self.choose(4)];
        let word = match self.choose(3) {
            0 => word.to_lowercase(),
            1 => word.to_owned(),
            _ => word.chars().enumerate().map(|(i, c)| if i % 2 == 0 { c.to_ascii_lowercase() } else { c }).collect(),
        };
        self.text += &format!("{space}{word}{space}");
    }

    fn name(&mut self, column: usize) {
        self.text += &format!(" {} ", NAMES[column]);
    }

    fn literal(&mut self, literal: Literal) {
        let spelled = match literal {
            Literal::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Literal::Integer(number) => match self.choose(3) {
                0 if number >= 0 => format!("+{number}"),
                1 if number >= 0 => format!("00{number}"),
                1 => format!("- {}", number.unsigned_abs()),
                _ => format!("{number}"),
            },
        };
        self.text += &spelled;
    }

    /// Always in parentheses where they could matter, sometimes in more.
    fn write(&mut self, wild: &Wild, negated: bool) {
        let extra = self.choose(8);
        if extra < 3 && self.extras > 0 {
            self.extras -= 1;
            self.word(["", "NOT", "TRUE AND"][extra]);
            return self.enclosed(wild, negated != (extra == 1));
        }
        match wild {
            Wild::Constant(constant) => self.word(if *constant != negated { "TRUE" } else { "FALSE" }),
            Wild::Not(operand) if self.choose(2) == 0 => self.enclosed(operand, !negated),
            Wild::Not(operand) => {
                // Read as NOT NOT when negated.
                if negated {
                    self.word("NOT");
                }
                self.word("NOT");
                self.enclosed(operand, false);
            }
            Wild::And(operands) => self.operands(operands, "AND", "OR", negated),
            Wild::Or(operands) => self.operands(operands, "OR", "AND", negated),
            leaf => self.leaf(leaf, negated),
        }
    }

    fn enclosed(&mut self, wild: &Wild, negated: bool) {
        self.text.push('(');
        self.write(wild, negated);
        self.text.push(')');
    }

    fn operands(&mut self, operands: &[Wild], join: &str, dual: &str, negated: bool) {
        let (join, inside) = if negated && self.choose(2) == 0 {
            self.word("NOT");
            (join, false)
        } else {
            (if negated { dual } else { join }, negated)
        };
        self.text.push('(');
        let (first, again) = (self.choose(operands.len()), self.choose(3) == 0);
        for i in 0..operands.len() + usize::from(again) {
            if i > 0 {
                self.word(join);
            }
            self.enclosed(&operands[(first + i) % operands.len()], inside);
        }
        self.text.push(')');
    }

    fn leaf(&mut self, leaf: &Wild, negated: bool) {
        let inner = match leaf {
            Wild::Compare(column, op, value) => return self.compare(*column, op, *value, negated),
            Wild::In(column, values) if values.len() == 1 && self.choose(2) == 0 => {
                return self.compare(*column, "=", values[0], negated);
            }
            Wild::Between(column, low, high) if low == high && self.choose(2) == 0 => {
                return self.compare(*column, "=", *low, negated);
            }
            other => other,
        };
        let outside = negated && self.choose(2) == 0;
        if outside {
            self.word("NOT");
        }
        let (Wild::In(column, _) | Wild::Between(column, ..) | Wild::StartsWith(column, _) | Wild::IsNull(column)) =
            inner
        else {
            unreachable!("constants and composites are written elsewhere")
        };
        self.name(*column);
        if matches!(inner, Wild::IsNull(_)) {
            self.word("IS");
        }
        if negated && !outside {
            self.word("NOT");
        }
        match inner {
            Wild::In(_, values) => {
                self.word("IN");
                self.list(values);
            }
            Wild::Between(_, low, high) => {
                self.word("BETWEEN");
                self.literal(*low);
                self.word("AND");
                self.literal(*high);
            }
            Wild::StartsWith(_, prefix) => {
                self.word("LIKE");
                self.text += &format!("'{}%'", prefix.replace('\'', "''"));
            }
            _ => self.word("NULL"),
        }
    }

    fn list(&mut self, values: &[Literal]) {
        self.text.push('(');
        let (first, again) = (self.choose(values.len()), self.choose(values.len()));
        for i in 0..values.len() + again {
            self.text.push_str(if i > 0 { "," } else { "" });
            self.literal(values[(first + i) % values.len()]);
        }
        self.text.push(')');
    }

    fn compare(&mut self, column: usize, op: &str, value: Literal, negated: bool) {
        const OPPOSITE: [(&str, &str); 6] =
            [("=", "<>"), ("<>", "="), ("<", ">="), (">=", "<"), (">", "<="), ("<=", ">")];
        const FLIPPED: [(&str, &str); 4] = [("<", ">"), (">", "<"), ("<=", ">="), (">=", "<=")];
        let swap = |table: &[(&'static str, &'static str)], op| table.iter().find(|(o, _)| *o == op).map(|(_, to)| *to);
        let mut op = op;
        if negated && self.choose(2) == 0 {
            self.word("NOT");
        } else if negated {
            op = swap(&OPPOSITE, op).unwrap_or(op);
        }
        let flip = self.choose(2) == 0;
        if flip {
            op = swap(&FLIPPED, op).unwrap_or(op);
        }
        let op = if op == "<>" && self.choose(2) == 0 { "!=" } else { op };
        if flip {
            self.literal(value);
            self.text.push_str(op);
            self.name(column);
        } else {
            self.name(column);
            self.text.push_str(op);
            self.literal(value);
        }
    }
}

fn tape() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 1..200)
}

/// Respelling can exceed the bounds on length and depth; those texts prove nothing here.
fn parse(text: &str) -> Result<Expr, TestCaseError> {
    use milepost_expr::ProblemKind::TooLarge;
    match Expr::parse(text, &columns()) {
        Ok(expr) => Ok(expr),
        Err(errors) if errors.iter().all(|e| e.kind == TooLarge) => Err(TestCaseError::reject("beyond the bounds")),
        Err(errors) => Err(TestCaseError::fail(format!("{text}: {errors:#?}"))),
    }
}

/// Pieces of the grammar in any order: mostly wrong, but deeper into the parser than random characters reach.
fn soup() -> impl Strategy<Value = String> {
    const PIECES: [&str; 42] = [
        "role",
        "http_status",
        "region",
        "rloe",
        "ROLE",
        "'step'",
        "'st''ep'",
        "'a%'",
        "'%'",
        "'",
        "\"",
        "1",
        "-1",
        "+",
        "-",
        "99999999999999999999",
        "300ms",
        "1.5",
        "=",
        "<>",
        "!=",
        "<",
        ">=",
        "==",
        "AND",
        "OR",
        "NOT",
        "IN",
        "BETWEEN",
        "IS",
        "NULL",
        "LIKE",
        "TRUE",
        "FALSE",
        "(",
        ")",
        "()",
        ",",
        "--",
        "%",
        "é",
        "\u{0}",
    ];
    let piece = prop::sample::select(&PIECES[..]);
    prop::collection::vec((piece, prop::bool::weighted(0.9)), 0..40).prop_map(|pieces| {
        pieces.into_iter().flat_map(|(piece, space)| [piece, if space { " " } else { "" }]).collect::<String>()
    })
}

proptest! {
    #[test]
    fn normalisation_keeps_the_value_of_every_row(
        wild in wild(), tape in tape(), rows in prop::collection::vec(row(), 1..8)
    ) {
        let text = Speller::spell(&wild, &tape);
        let expr = parse(&text)?;
        for row in &rows {
            prop_assert_eq!(eval(&expr, row), value(&wild, row), "{} as {} on {:?}", text, expr, row);
        }
    }

    #[test]
    fn every_spelling_has_one_normal_form(wild in wild(), one in tape(), other in tape()) {
        let (one, other) = (Speller::spell(&wild, &one), Speller::spell(&wild, &other));
        let (expr, same) = (parse(&one)?, parse(&other)?);
        prop_assert_eq!(expr.to_string(), same.to_string(), "{}\n{}", one, other);
        prop_assert_eq!(expr, same);
    }

    #[test]
    fn the_printed_form_parses_back_to_itself(wild in wild(), tape in tape()) {
        let expr = parse(&Speller::spell(&wild, &tape))?;
        let printed = expr.to_string();
        prop_assert_eq!(parse(&printed)?, expr, "{}", printed);
    }

    #[test]
    fn negation_is_its_own_inverse(wild in wild(), tape in tape(), row in row()) {
        let expr = parse(&Speller::spell(&wild, &tape))?;
        prop_assert_eq!(eval(&!expr.clone(), &row), 2 - eval(&expr, &row));
        prop_assert_eq!(!!expr.clone(), expr);
    }

    #[test]
    fn any_text_is_read_or_refused_with_places_and_words(text in prop_oneof![".{0,200}", soup()]) {
        match Expr::parse(&text, &columns()) {
            Ok(expr) => prop_assert_eq!(parse(&expr.to_string())?, expr),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                prop_assert!(errors.is_sorted_by_key(|e| e.span.start));
                for error in errors {
                    prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
                    prop_assert!(!error.message.is_empty() && !error.help.is_empty());
                }
            }
        }
    }
}
