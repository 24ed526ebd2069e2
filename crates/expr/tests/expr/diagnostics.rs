//! Each mistake is found at its place, and the message says what would be right.

use super::columns;
use milepost_expr::{Expr, MAX_DEPTH, MAX_IN_VALUES, MAX_TEXT_BYTES, ProblemKind};

/// The mistakes in a text as `place | message: help`, after the kinds.
#[track_caller]
fn mistakes(text: &str) -> (Vec<ProblemKind>, Vec<String>) {
    let errors = Expr::parse(text, &columns()).expect_err(text);
    let lines = errors.iter().map(|e| format!("{} | {e}", &text[e.span.clone()])).collect();
    (errors.into_iter().map(|e| e.kind).collect(), lines)
}

#[track_caller]
fn says(text: &str, kind: ProblemKind, line: &str) {
    let (kinds, lines) = mistakes(text);
    assert_eq!((kinds.as_slice(), lines.join("\n").as_str()), ([kind].as_slice(), line), "{text}");
}

#[test]
fn unknown_columns_and_values_come_with_a_guess_and_the_list() {
    let (kinds, lines) = mistakes("htp_status = 500");
    assert_eq!(kinds, [ProblemKind::UnknownColumn]);
    let start = "htp_status | there is no column `htp_status`: did you mean `http_status`? the columns are `role`, ";
    assert!(lines[0].starts_with(start) && lines[0].ends_with(", `app_version` or `region`"), "{}", lines[0]);
    let (_, lines) = mistakes("OUTCOME = 'success'");
    assert!(lines[0].contains("did you mean `outcome`?"), "{}", lines[0]);
    let (_, lines) = mistakes("latency > 5");
    assert!(lines[0].contains("`latency`: the columns are"), "{}", lines[0]);

    says(
        "outcome = 'sucess'",
        ProblemKind::UnknownValue,
        "'sucess' | `outcome` is never `sucess`: did you mean `success`? it is `success`, `failure`, `abandoned` or `timeout`",
    );
    says("role LIKE 'x%'", ProblemKind::UnknownValue, "'x%' | `role` is never `x`: it is `step` or `operation`");
}

#[test]
fn values_of_the_wrong_type_come_with_the_right_one() {
    for (text, line) in [
        ("http_status = '500'", "'500' | `http_status` holds whole numbers, '500' is text: write 500, without quotes"),
        (
            "duration_ns < '300ms'",
            "'300ms' | `duration_ns` holds whole numbers, '300ms' is text: write 300000000, without quotes",
        ),
        (
            "'UNAVAILABLE' = grpc_status",
            "'UNAVAILABLE' | `grpc_status` holds whole numbers, 'UNAVAILABLE' is text: write 14, without quotes",
        ),
        (
            "http_status = 'ok'",
            "'ok' | `http_status` holds whole numbers, 'ok' is text: write a whole number without quotes, such as `http_status = 1`",
        ),
        ("class = 5", "5 | `class` holds text, 5 is a number: write it in single quotes: '5'"),
        ("role <> 5", "5 | `role` holds text, 5 is a number: write `step` or `operation`, in single quotes"),
        (
            "http_status LIKE '5%'",
            "'5%' | `http_status` holds whole numbers, LIKE is for text: write a range, such as `http_status BETWEEN 500 AND 599`",
        ),
        (
            "service LIKE 5",
            "5 | a pattern is text, not a number: write a prefix and one `%` in single quotes, such as LIKE 'POST /api/%'",
        ),
        (
            "role",
            "role | `role` holds text, it is not a condition by itself: write =, <>, <, <=, >, >=, IN, BETWEEN, LIKE or IS after it",
        ),
        ("role = TRUE", "TRUE | no column holds TRUE or FALSE: write the condition itself, or NOT and the condition"),
    ] {
        says(text, ProblemKind::Type, line);
    }
}

#[test]
fn numbers_are_whole_and_of_64_bits() {
    for (text, line) in [
        (
            "duration_ns < 300ms",
            "300ms | `300ms` is not a whole number of 64 bits: durations are in nanoseconds: write 300000000",
        ),
        (
            "duration_ns < 1.5",
            "1.5 | `1.5` is not a whole number of 64 bits: write digits only, with a space or sign after them",
        ),
        (
            "duration_ns < 9223372036854775808",
            "9223372036854775808 | `9223372036854775808` is not a whole number of 64 bits: \
             write a number from -9223372036854775808 to 9223372036854775807",
        ),
    ] {
        says(text, ProblemKind::Number, line);
    }
}

#[test]
fn patterns_other_than_a_prefix_are_refused() {
    let prefix = "write a prefix: text without `%`, `_` and `\\`, then one `%`, such as 'POST /api/%'";
    for (text, line) in [
        ("service LIKE 'a%b%'", format!("'a%b%' | the pattern's text contains `%`: {prefix}")),
        ("service LIKE 'a_%'", format!("'a_%' | the pattern's text contains `_`: {prefix}")),
        ("service LIKE 'a\\%'", format!("'a\\%' | the pattern's text contains `\\`: {prefix}")),
        ("service LIKE '%'", "'%' | the pattern `%` matches any text: write `service IS NOT NULL`, or some text before the `%`".to_owned()),
        ("service NOT LIKE 'a'", "'a' | the pattern does not end in `%`: write a prefix and one `%`, such as 'POST /api/%'; for the exact text use `=`".to_owned()),
    ] {
        says(text, ProblemKind::Pattern, &line);
    }
}

#[test]
fn conditions_that_never_hold_are_refused() {
    says(
        "http_status NOT IN ()",
        ProblemKind::NeverTrue,
        "IN () | `http_status` is compared with an empty list: write at least one value between the parentheses",
    );
    says(
        "http_status BETWEEN 599 AND 500",
        ProblemKind::NeverTrue,
        "599 AND 500 | no `http_status` lies in a range that ends before it begins: write the lesser value first, as in BETWEEN 200 AND 299",
    );
}

#[test]
fn what_sql_has_beyond_the_grammar_is_named() {
    for (text, line) in [
        (
            "step = NULL",
            "NULL | a comparison with NULL is never true: write `IS NULL` or `IS NOT NULL` after the column",
        ),
        (
            "step IN ('a', NULL)",
            "NULL | a comparison with NULL is never true: write `IS NULL` or `IS NOT NULL` after the column",
        ),
        (
            "outcome = success",
            "success | `success` is not a constant, and columns are not compared with each other: write text in single quotes: 'success'",
        ),
        ("1 = 1", "1 = 1 | two constants are compared: write the name of a column on one side"),
        (
            "lower(role) = 'step'",
            "lower | `lower` is followed by a parenthesis, and there are no functions: write a column and =, <>, <, <=, >, >=, IN, BETWEEN, LIKE or IS",
        ),
        ("duration_ns * 2 < 5", "* | there is no arithmetic: compare a column with a constant"),
        ("role = \"step\"", "\" | double quotes are not used: write text in single quotes, and column names bare"),
        ("role = 'step' -- all", "-- | an expression has no comments: leave the comment out"),
    ] {
        says(text, ProblemKind::Unsupported, line);
    }
}

#[test]
fn lost_structure_is_shown_where_it_is_lost() {
    for (text, line) in [
        ("", " | the expression ends too early: write a condition, such as `outcome = 'success'`"),
        ("role = 'step' AND", " | the expression ends too early: write a condition, such as `outcome = 'success'`"),
        ("role = 'step' ADN class = 'x'", "ADN | `ADN` does not belong here: join conditions with AND or OR"),
        (
            "(role = 'step'",
            " | the expression ends too early: join conditions with AND or OR, or close the parenthesis with `)`",
        ),
        ("role = 'step')", ") | `)` does not belong here: remove it, or open it before with `(`"),
        (
            "role 'step'",
            "'step' | `'step'` does not belong here: after a column write =, <>, <, <=, >, >=, IN, BETWEEN, LIKE or IS",
        ),
        ("role NOT = 'step'", "= | `=` does not belong here: after a column's NOT write IN, BETWEEN or LIKE"),
        ("role IS 'step'", "'step' | `'step'` does not belong here: write `IS NULL` or `IS NOT NULL`"),
        (
            "role IN 'step'",
            "'step' | `'step'` does not belong here: write a list in parentheses, such as IN ('success', 'failure')",
        ),
        (
            "http_status IN (1, )",
            ") | `)` does not belong here: write a value after the last comma, or remove the comma",
        ),
        (
            "http_status IN (1 2)",
            "2 | `2` does not belong here: separate the values by commas and close the list with `)`",
        ),
        (
            "http_status BETWEEN 1",
            " | the expression ends too early: write both ends of the range, such as BETWEEN 200 AND 299",
        ),
        (
            "5 IN (5)",
            "IN | `IN` does not belong here: a condition starts with a column, or compares a constant with one",
        ),
        ("role == 'step'", "== | `==` is not a comparison: write `=`"),
        ("role = 'step' && TRUE", "& | `&` is not an operator: write `AND`"),
        (
            "role = 'step",
            "'step | the text in single quotes has no end: close it with `'`, and write a quote within it as `''`",
        ),
    ] {
        says(text, ProblemKind::Syntax, line);
    }
}

#[test]
fn all_wrong_predicates_and_the_first_syntax_error_are_reported_at_once() {
    let (kinds, lines) =
        mistakes("rol = 'step' AND http_status IN ('a', 1, 'b') OR outcome = 'bad' AND service ? 1 AND x = 1");
    let places = lines.iter().map(|line| line.split(" | ").next().unwrap()).collect::<Vec<_>>();
    assert_eq!(places, ["rol", "'a'", "'b'", "'bad'", "?"]);
    let expected = [
        ProblemKind::UnknownColumn,
        ProblemKind::Type,
        ProblemKind::Type,
        ProblemKind::UnknownValue,
        ProblemKind::Syntax,
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn what_is_beyond_the_bounds_is_refused() {
    let deep = format!("{}role = 'step'{}", "(".repeat(MAX_DEPTH + 1), ")".repeat(MAX_DEPTH + 1));
    assert_eq!(mistakes(&deep).0, [ProblemKind::TooLarge]);
    let long = format!("{:width$}", "role = 'step'", width = MAX_TEXT_BYTES + 1);
    assert_eq!(mistakes(&long).0, [ProblemKind::TooLarge]);
    let list = format!("http_status IN ({})", vec!["1"; MAX_IN_VALUES + 1].join(","));
    assert_eq!(mistakes(&list).0, [ProblemKind::TooLarge]);
    // Printed with its spaces this is longer than what would be read back.
    let dense = (0..MAX_IN_VALUES - 10).map(|i| i.to_string()).collect::<Vec<_>>().join(",");
    assert_eq!(mistakes(&format!("http_status IN ({dense})")).0, [ProblemKind::TooLarge]);
}
