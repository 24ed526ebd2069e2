//! Claims about the grammar and the normal form.

use super::{columns, parse};
use milepost_expr::{Column, Comparison, Expr, FactColumn, MAX_DEPTH, MAX_IN_VALUES, MAX_TEXT_BYTES, Operator, Test};

#[track_caller]
fn prints(normal: &str, spellings: &[&str]) {
    for text in spellings.iter().chain([&normal]) {
        assert_eq!(parse(text).to_string(), normal, "{text}");
    }
}

#[test]
fn spelling_does_not_matter() {
    prints(
        "role = 'step'",
        &["role='step'", "  role =\n'step'\t", "((role = 'step'))", "'step' = role", "role IN ('step')"],
    );
    prints("http_status <> 200", &["http_status != 200", "200 <> http_status", "http_status not in (200, +200, 0200)"]);
    prints("duration_ns >= -5", &["-5 <= duration_ns", "duration_ns >= - 5", "not duration_ns < -5"]);
    prints("outcome IN ('failure', 'timeout')", &["outcome in ('timeout','failure','timeout')"]);
    prints("step IS NOT NULL", &["step is not null", "NOT step IS NULL", "not not not (step IS NULL)"]);
    prints("http_status = 500", &["http_status BETWEEN 500 AND 500"]);
    prints("service NOT LIKE 'web%'", &["NOT service LIKE 'web%'", "service not like 'web%'"]);
}

#[test]
fn operands_are_flattened_sorted_and_kept_once() {
    prints(
        "class = 'batch' AND role = 'step' AND step = 'send-mail'",
        &[
            "step = 'send-mail' AND (role = 'step' AND class = 'batch')",
            "role = 'step' AND class = 'batch' AND role = 'step' AND 'send-mail' = step",
        ],
    );
    prints(
        "class = 'test' AND (role = 'step' OR rule IS NULL)",
        &["(rule IS NULL OR role = 'step') AND class = 'test'"],
    );
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    prints(
        "http_status = 1 OR http_status = 2 AND http_status = 3",
        &[
            "http_status = 3 AND http_status = 2 OR http_status = 1",
            "http_status = 1 OR (http_status = 2 AND http_status = 3)",
        ],
    );
    prints("http_status <> 1 AND http_status = 2", &["NOT http_status = 1 AND http_status = 2"]);
    prints(
        "http_status = 2 AND http_status BETWEEN 3 AND 4 AND http_status NOT BETWEEN 5 AND 6",
        &["http_status BETWEEN 3 AND 4 AND http_status = 2 AND NOT http_status BETWEEN 5 AND 6"],
    );
}

#[test]
fn not_is_carried_into_the_predicates() {
    prints(
        "http_status < 500 AND outcome <> 'failure'",
        &["NOT (outcome = 'failure' OR http_status >= 500)", "NOT (NOT outcome <> 'failure' OR NOT http_status < 500)"],
    );
}

#[test]
fn constants_remain_only_where_nothing_else_does() {
    prints("TRUE", &["true", "NOT FALSE", "role = 'step' OR TRUE", "TRUE AND TRUE"]);
    prints("FALSE", &["role = 'step' AND false", "NOT (FALSE OR TRUE)"]);
    prints("role = 'step'", &["TRUE AND role = 'step'", "FALSE OR (role = 'step' AND NOT FALSE)"]);
}

#[test]
fn text_may_hold_anything_and_doubles_its_quotes() {
    prints("error_type = 'it''s'", &["'it''s' = error_type"]);
    prints("error_type = ''", &[]);
    prints("error_type = ''''", &[]);
    prints("error_type = 'é \u{1f4ee}\n-- AND'", &[]);
    prints("operation LIKE 'GET /it''s%'", &[]);
}

#[test]
fn numbers_reach_from_end_to_end_of_64_bits() {
    prints("duration_ns = -9223372036854775808", &["duration_ns=-009223372036854775808"]);
    prints("duration_ns = 9223372036854775807", &["duration_ns = +9223372036854775807"]);
}

#[test]
fn dimensions_are_columns() {
    prints("app_version = '2.0' AND region LIKE 'eu-%'", &[]);
}

#[test]
fn expressions_built_in_code_equal_their_text() {
    let built = Expr::and([
        Expr::compare(FactColumn::Role, Operator::Equal, "step").unwrap(),
        Expr::compare(FactColumn::Class, Operator::Equal, "interactive").unwrap(),
        Expr::one_of(FactColumn::Outcome, ["success", "failure", "timeout"]).unwrap(),
        Expr::or([
            Expr::between(FactColumn::DurationNs, 0, 300_000_000).unwrap(),
            !Expr::starts_with(FactColumn::Operation, "POST ").unwrap(),
            Expr::is_null(FactColumn::DurationNs),
        ]),
    ]);
    let text = "role = 'step' AND class = 'interactive' AND outcome IN ('success', 'failure', 'timeout') \
                AND (duration_ns BETWEEN 0 AND 300000000 OR operation NOT LIKE 'POST %' OR duration_ns IS NULL)";
    assert_eq!(built, parse(text));
    assert_eq!(Expr::and([]), Expr::Constant(true));
    assert_eq!(Expr::or([]), Expr::Constant(false));
}

#[test]
fn constructors_refuse_what_the_parser_refuses() {
    assert!(Expr::compare(FactColumn::HttpStatus, Operator::Equal, "ok").is_err());
    assert!(Expr::compare(FactColumn::Outcome, Operator::Equal, "ok").is_err());
    assert!(Expr::one_of(FactColumn::HttpStatus, Vec::<i64>::new()).is_err());
    assert!(Expr::one_of(FactColumn::HttpStatus, 0..1_001).is_err());
    assert!(Expr::between(FactColumn::HttpStatus, 2, 1).is_err());
    assert!(Expr::starts_with(FactColumn::Operation, "a_b").is_err());
    assert!(Expr::starts_with(FactColumn::HttpStatus, "5").is_err());
}

#[test]
fn the_columns_used_are_each_named_once() {
    let expr = parse("region = 'eu' AND (http_status = 1 OR http_status = 2) AND NOT role = 'step'");
    let names = expr.columns_used().into_iter().map(Column::name).collect::<Vec<_>>();
    assert_eq!(names, ["role", "http_status", "region"]);
    assert!(Expr::Constant(true).columns_used().is_empty());
}

#[test]
fn an_evaluator_sees_column_test_and_typed_values() {
    let Expr::And(operands) = parse("http_status NOT IN (404, 200) AND region <> 'eu'") else { panic!("not AND") };
    let [Expr::Predicate(first), Expr::Predicate(second)] = &*operands else { panic!("not two predicates") };
    assert_eq!(*first.test(), Test::Integer(Comparison::In { values: vec![200, 404], negated: true }));
    let not_eu = Comparison::Compare { op: Operator::NotEqual, value: "eu".to_owned() };
    assert_eq!((second.column().name(), second.test()), ("region", &Test::Text(not_eu)));
}

#[test]
fn what_is_just_within_the_bounds_is_read() {
    let deep = format!("{}role = 'step'{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(parse(&deep).to_string(), "role = 'step'");
    let beside = vec!["(role = 'step')"; MAX_DEPTH + 1].join(" AND ");
    assert_eq!(parse(&beside).to_string(), "role = 'step'");
    let wide = format!("{}role = 'step'", "NOT ".repeat(1_000));
    assert_eq!(parse(&wide).to_string(), "role = 'step'");
    let long = format!("error_type = '{}'", "x".repeat(MAX_TEXT_BYTES - "error_type = ''".len()));
    assert_eq!(parse(&long).to_string(), long);
    let list = format!("http_status IN ({})", vec!["1"; MAX_IN_VALUES].join(","));
    assert_eq!(parse(&list).to_string(), "http_status = 1");
}

#[test]
fn alternating_operators_at_full_depth_print_back() {
    let mut text = "region = 'eu'".to_owned();
    for i in 0..MAX_DEPTH {
        text = format!("NOT (http_status={i} {} {text})", if i % 2 == 0 { "AND" } else { "OR" });
    }
    let expr = parse(&text);
    assert_eq!(Expr::parse(&expr.to_string(), &columns()), Ok(expr));
}
