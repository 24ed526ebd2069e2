//! The language itself: what it says of what is wrong.

use super::*;

fn failures(text: &str) -> Vec<String> {
    let report = run(text, |_| None);
    let told = |failure: &Failure| {
        let difference = failure.difference.as_ref();
        let difference = difference.map(|d| format!(": expected {}, is {}", d.expected, d.actual)).unwrap_or_default();
        format!("{}: {}{difference}", failure.line, failure.message)
    };
    report.failures.iter().map(told).collect()
}

#[test]
fn a_difference_is_told_with_line_time_and_both_sides() {
    let script = "slo mail 99% over 1d\nload 1m\n    mail 100/99x1440\neval at 23h59m mail\n    expect budget_spent 99%\n    expect page-1h inactive\n";
    assert_eq!(
        failures(script),
        [
            "5: budget_spent of mail at 23h59m (2026-01-05T23:59:00Z): expected 99%, is 100%",
            "6: page-1h of mail at 23h59m (2026-01-05T23:59:00Z): expected inactive, is firing since 0 (2026-01-05T00:00:00Z)",
        ]
    );
}

#[test]
fn of_a_range_the_first_difference_is_told() {
    let script = "slo mail 99% over 1d\nload 1m\n    mail 1/1x3\neval range from 0 to 2m step 1m mail\n    expect valid 1 2 4\n    expect good 0x3\n";
    let told = failures(script);
    assert_eq!(told[0], "6: good of mail at 0 (2026-01-05T00:00:00Z): expected 0, is 1");
    assert_eq!(told[1], "5: valid of mail at 2m (2026-01-05T00:02:00Z): expected 4, is 3");
    assert_eq!(told.len(), 2);
}

#[test]
fn what_cannot_be_read_ends_the_script_and_says_what_would_be_right() {
    let defined = "slo mail 99% over 1d\nload 1m\n    mail 1/1\n";
    for (text, told) in [
        ("evaluate\n", "1: `evaluate` is no command: there are"),
        ("# nothing\n", "1: the script expects nothing"),
        ("slo mail 99.9\n", "1: a target lies strictly between 0 and 1 (0 % and 100 %): did you mean `99.9%`?"),
        ("load\n", "1: write `load 1m` or"),
        ("slo mail\n", "1: SLO `mail` says no target"),
        ("slo mail 101%\n", "1: a target lies strictly between"),
        ("slo mail 99% over calendar month Mars\n", "1: `Mars` is not a time zone"),
        ("slo mail 99% over 1d\n    colour red\n", "2: `colour` is no line of an SLO"),
        ("slo mail 99% over 1d\n    alerts page-2h\n", "2: `page-2h` is no tier"),
        ("load 1m\n    mail 1/2\n", "2: `1/2` is no point"),
        ("eval at 1h mail\n    expect valid 1\n", "1: there is no SLO `mail`"),
        (&format!("{defined}eval at 0 mail\n    expect colour red\n"), "5: `colour` cannot be expected; there are"),
        (&format!("{defined}eval at 0 mail\n    expect valid\n"), "5: it does not say what is expected"),
        (
            &format!("{defined}eval at 5m mail\n    expect valid 1\neval at 4m mail\n    expect valid 1\n"),
            "6: 4m (2026-01-05T00:04:00Z) has passed",
        ),
        (
            &format!("{defined}eval at 5m mail\n    expect valid 1\nload 1m\n    mail 1/1\n"),
            "6: 0 (2026-01-05T00:00:00Z) has passed",
        ),
        ("correct mail 2h to 1h\n", "1: a correction ends after it begins"),
        ("correct mail 1h to 2h\n    author ada\n    approver ada\n", "1: `ada` cannot approve"),
        ("correct mail 2026-01-04T22:00 in UTC for 30m FREQ=HOURLY\n", "1: `FREQ` cannot be `HOURLY`"),
        ("quality mail measured 1\n", "1: write `quality send-mail measured"),
    ] {
        let found = failures(text);
        assert!(found.len() == 1 && found[0].starts_with(told), "{text}: {found:?}");
    }
}

#[test]
fn what_would_take_for_ever_is_refused() {
    let defined = "slo mail 99% over 1d\nload 1m\n    mail 1/1\n";
    for (text, told) in [
        (format!("{defined}replay to 9999d\n"), "is too far from the start"),
        (format!("{defined}load 999d\n    mail 1/1x3\n"), "is too far from the start"),
        ("load 1m\n    mail 1/1x3200001\n".to_owned(), "after `x` stands how many"),
        (
            "load 1m\n    mail 1/1x800000\nload 1m\n    mail 1/1x800000 1/1x800000 1/1x800001\n".to_owned(),
            "a script loads at most",
        ),
    ] {
        let found = failures(&text);
        assert!(found.len() == 1 && found[0].contains(told), "{text}: {found:?}");
    }
}

#[test]
fn slos_without_terms_are_those_that_are_known() {
    let known = |name: &str| {
        let block = lines::blocks("slo mail 99% over 1d\n    alerts none\n").unwrap();
        (name == "mail").then(|| define::read(&block[0]).unwrap().unwrap())
    };
    let script = "slo mail\nload 1m\n    mail 100/98\neval at 0 mail\n    expect ratio 98%\n    expect state missed\n";
    assert_eq!(run(script, known), Report { checks: 2, failures: vec![] });
}

#[test]
fn a_recomputation_notices_what_was_lost() {
    let mut world = World::default();
    let mut report = Report::default();
    for block in lines::blocks("slo mail 99% over 1d\nload 1m\n    mail 10/9x10\n").unwrap() {
        match Command::read(&block, world.clock()).unwrap() {
            Command::Load(load) => world.load(&load).unwrap(),
            Command::Define(name, definition) => world.define(name, definition.unwrap()).unwrap(),
            other => unreachable!("{other:?}"),
        }
    }
    let minute = |offset| milepost_model::Minute::new(world.clock().start.number() + offset);
    let (four, nine) = (minute(4), minute(9));
    replay::run(&mut world, 1, four, &mut report).unwrap();
    assert_eq!((report.checks, report.failures.len()), (10, 0));
    // The source has taken in what the running sums were not told of.
    world.source.series(0).add(four, crate::Counts { valid: 1, good: 0 }).unwrap();
    world.rewrites += 1;
    replay::run(&mut world, 1, nine, &mut report).unwrap();
    assert_eq!(report.failures.len(), 10);
    assert!(report.failures[0].message.starts_with("the budget of mail at 5m"), "{:?}", report.failures[0]);
}

mod soup {
    use super::run;
    use proptest::prelude::*;

    const WORDS: [&str; 46] = [
        "start",
        "load",
        "late",
        "slo",
        "correct",
        "quality",
        "eval",
        "replay",
        "clear",
        "at",
        "from",
        "to",
        "range",
        "step",
        "mail",
        "other",
        "99%",
        "over",
        "1h",
        "1m",
        "0",
        "-5m",
        "2026-01-05T00:03Z",
        "calendar",
        "day",
        "Europe/Zurich",
        "expect",
        "recorded",
        "budget_spent",
        "page-1h",
        "firing",
        "inactive",
        "10/9x5",
        "_x3",
        "?",
        "5/0",
        "slices",
        "5m",
        "95%",
        "no-data",
        "bad",
        "alerts",
        "none",
        "in",
        "for",
        "FREQ=DAILY",
    ];

    proptest! {
        /// Nothing that anybody writes ends the program.
        #[test]
        fn words_in_any_order_are_told_and_never_panic(
            lines in proptest::collection::vec((any::<bool>(), proptest::collection::vec(0..WORDS.len(), 1..8)), 1..12)
        ) {
            let begin = "slo mail 99% over 1h\nload 1m\n    mail 10/9x20\n".to_owned();
            let text = lines.iter().fold(begin, |text, (is_indented, words)| {
                let words: Vec<&str> = words.iter().map(|word| WORDS[*word]).collect();
                text + if *is_indented { "    " } else { "" } + &words.join(" ") + "\n"
            });
            let _ = run(&text, |_| None);
        }
    }
}
