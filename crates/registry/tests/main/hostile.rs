//! Files that are meant to hurt, or look so: each ends in one clear message, or works.

use crate::read_alone;
use milepost_registry::Outcome;

const PRODUCT: &str = "\
apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec:
  description: People read their mail.
  owner: mail-team
";

fn read_one(text: &str) -> Outcome {
    let outcome = read_alone([("a.yaml", text)]);
    // Drawing must not fail either.
    let rendered = outcome.diagnostics.render(true);
    assert_eq!(rendered.is_empty(), outcome.diagnostics.records().is_empty());
    outcome
}

/// The only thing that is said of a text.
fn message(text: &str) -> String {
    let outcome = read_one(text);
    let said: Vec<String> = outcome.diagnostics.iter().map(|d| format!("{} {}", d.code.as_str(), d.message)).collect();
    assert_eq!(said.len(), 1, "{said:#?}");
    said.into_iter().next().unwrap()
}

fn works(text: &str) {
    let outcome = read_one(text);
    assert_eq!(outcome.diagnostics.render(false), "");
    assert_eq!(outcome.registry.unwrap().products.len(), 1);
}

#[test]
fn deep_nesting_is_one_message_in_every_form() {
    let too_deep = "MPY003 the document nests too deep";
    let staircase: String = (0..600).map(|depth| format!("{:depth$}a:\n", "")).collect();
    let with = |key: &str, value: &str| format!("{PRODUCT}  {key}: {value}\n");
    for text in [
        with("x", &"[".repeat(100_000)),
        with("x", &format!("{}{}", "[".repeat(100), "]".repeat(100))),
        with("x", &"{a: ".repeat(50_000)),
        with("x", &"[{".repeat(50_000)),
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        ": ".repeat(100_000),
        staircase,
    ] {
        assert_eq!(message(&text), too_deep, "{}", &text[..100]);
    }
}

#[test]
fn aliases_cannot_grow_a_small_file_into_a_large_one() {
    let laughs: String = (1..10).map(|n| format!("x{n}: &x{n} [{}]\n", format!("*x{},", n - 1).repeat(10))).collect();
    let too_large = "MPY003 the file grows too large when its aliases are followed";
    assert_eq!(message(&format!("x0: &x0 lol\n{laughs}")), too_large);
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a,".repeat(1_000));
    assert_eq!(message(&long), too_large);
    let anchors = format!("a: [{}]\n", "&a x,".repeat(300_000));
    assert_eq!(message(&anchors), too_large);
    // Each nests the one before: deep without a single deep line.
    let chain: String = (1..2_000).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    assert_eq!(message(&format!("a0: &a0 [x]\n{chain}")), "MPY003 the document nests too deep");
}

#[test]
fn an_alias_of_itself_or_of_another_document_is_one_message() {
    assert_eq!(message("a: &a [*a]\n"), "MPY002 not valid YAML: an alias stands within what it repeats");
    assert_eq!(message("&a {b: {c: *a}}\n"), "MPY002 not valid YAML: an alias stands within what it repeats");
    let unknown = "MPY002 not valid YAML: there is no anchor of this name before it in this document";
    assert_eq!(message("a: *a\n"), unknown);
    assert_eq!(message(&format!("{}---\na: *team\n", PRODUCT.replace("owner: ", "owner: &team "))), unknown);
}

#[test]
fn an_anchor_may_be_used_and_named_again() {
    works(&PRODUCT.replace("owner: mail-team", "owner: &who mail-team\n  title: *who"));
    works(&PRODUCT.replace("owner: mail-team", "owner: &who mail-team\n  title: &who Mail"));
    let classes = "trafficClasses: &more [partner]";
    works(&format!("{PRODUCT}  {classes}\n"));
    let outcome = read_one(&format!("{PRODUCT}  title: &more [partner]\n  trafficClasses: *more\n"));
    // The list where text must be is underlined, and the alias, which is right, is not.
    assert_eq!(outcome.diagnostics.records().iter().map(|r| r.line).collect::<Vec<_>>(), [Some(7)]);
}

#[test]
fn other_characters_than_yaml_has_are_one_message() {
    assert_eq!(
        message(&PRODUCT.replace("mail-team", "mail\0team")),
        "MPY002 not valid YAML: a NUL character stands here"
    );
    assert_eq!(message(&"\0".repeat(10_000)), "MPY002 not valid YAML: a NUL character stands here");
    assert_eq!(
        message(&PRODUCT.replace("  owner", "\towner")),
        "MPY002 not valid YAML: this line is indented with a tab"
    );
    assert_eq!(
        message(&PRODUCT.replace("mail-team", "mail\u{1b}[31mteam")),
        "MPY012 `owner` has a control character, `\\u{1b}`"
    );
    assert_eq!(
        message(&PRODUCT.replace("mail-team", "\"mail\\e[31mteam\"")),
        "MPY012 `owner` has a control character, `\\u{1b}`"
    );
    assert_eq!(
        message(&format!("{PRODUCT}---\n\u{feff}a: b\n")),
        "MPY002 not valid YAML: a byte order mark stands within the file"
    );
    works(&format!("\u{feff}{}", PRODUCT.replace('\n', "\r\n")));
    assert_eq!(message(&PRODUCT.replace(": ", ":\t")), "MPY002 not valid YAML: a tab stands where a space belongs");
    works(&PRODUCT.replace(": ", ": \t"));
}

#[test]
fn a_key_ten_thousand_times_is_one_message_and_ten_thousand_keys_are_as_many() {
    let same = format!("{PRODUCT}{}", "  title: Mail\n".repeat(10_000));
    assert_eq!(message(&same), "MPY008 `title` stands 10000 times in the `spec` of product `mail`");
    let keys: String = (0..10_000).map(|n| format!("  key-{n}: x\n")).collect();
    let outcome = read_one(&format!("{PRODUCT}{keys}"));
    assert_eq!(outcome.diagnostics.errors(), 10_000);
    let outcome = read_one(&format!("{PRODUCT}{keys}  one: x\n  more: x\n"));
    let last = outcome.diagnostics.iter().last().unwrap();
    assert_eq!(
        (outcome.diagnostics.errors(), &*last.message),
        (10_001, "there are 2 more mistakes than the 10000 shown")
    );
    // All of them on one line, which is not drawn whole each time.
    let flow = format!(
        "{}spec: {{{}}}\n",
        &PRODUCT[..PRODUCT.find("spec").unwrap()],
        "é: x, ".repeat(3_000).replace("é", "key é")
    );
    let outcome = read_one(&flow);
    assert!(outcome.diagnostics.render(false).len() < 5_000);
}

#[test]
fn twenty_thousand_documents_in_one_file_are_read() {
    let slos: String = (0..20_000)
        .map(|n| format!("---\napiVersion: milepost/v1\nkind: SLO\nmetadata: {{name: s{n}}}\nspec: {{step: open, type: coverage}}\n"))
        .collect();
    let outcome = read_one(&format!("{PRODUCT}{slos}"));
    assert_eq!(outcome.diagnostics.records()[0].line, Some(11), "the first SLO, without a target");
    works(&format!("{PRODUCT}{}", "---\n".repeat(20_000)));
}

#[test]
fn empty_documents_and_comments_say_nothing() {
    for text in [
        "",
        "\n",
        "---",
        "---\n",
        "# Nothing.\n",
        "---\n...\n---\n# Nothing.\n...\n",
        "~\n",
        "null\n---\nNULL\n",
        "\u{feff}",
    ] {
        let file = format!("{PRODUCT}---\n{}", text.trim_start_matches('\u{feff}'));
        works(&file);
        let outcome = read_alone([("a.yaml", PRODUCT), ("empty.yaml", text)]);
        assert_eq!(outcome.diagnostics.render(false), "", "{text:?}");
    }
    works(&format!("%YAML 1.2\n---\n{PRODUCT}...\n# The end.\n"));
    works(&format!("--- # A product.\n{PRODUCT}"));
}

#[test]
fn a_document_that_is_no_mapping_is_one_message() {
    assert_eq!(message("just text\n"), "MPY010 a document must be a mapping, not text");
    assert_eq!(message("- a\n- b\n"), "MPY010 a document must be a mapping, not a list");
    assert_eq!(message("[]\n"), "MPY010 a document must be a mapping, not a list");
    assert_eq!(message("\"\"\n"), "MPY010 a document must be a mapping, not text");
    assert_eq!(message(&"x ".repeat(500_000)), "MPY010 a document must be a mapping, not text");
    assert_eq!(message(&"'".repeat(100_000)), "MPY010 a document must be a mapping, not text");
}

#[test]
fn a_very_long_text_is_said_to_be_and_never_repeated_whole() {
    let long = "x".repeat(1_000_000);
    assert_eq!(message(&PRODUCT.replace("mail-team", &long)), "MPY003 `owner` has 977 KiB of text");
    for text in [
        PRODUCT.replace("name: mail", &format!("name: {}", &long[..60_000])),
        PRODUCT.replace("Product", &long[..60_000]),
        PRODUCT.replace("milepost/v1", &long[..60_000]),
        PRODUCT.replace("owner", &long[..1_000]),
        format!("{PRODUCT}  dimensions: {{region: {}}}\n", &long[..60_000]),
        format!("{PRODUCT}  {}: x\n", &long[..1_000]),
    ] {
        let outcome = read_one(&text);
        assert!(outcome.diagnostics.errors() > 0);
        assert!(outcome.diagnostics.render(false).len() < 4_000, "{}", outcome.diagnostics.render(false));
        assert!(outcome.diagnostics.records().iter().all(|r| r.message.len() <= 1_000));
    }
}

#[test]
fn a_text_beyond_what_a_file_may_have_is_not_read() {
    let outcome = read_alone([("a.yaml", PRODUCT), ("b.yaml", &*"#".repeat((4 << 20) + 1))]);
    let said: Vec<_> = outcome.diagnostics.iter().map(|d| &*d.message).collect();
    assert_eq!(said, ["a registry file has at most 4 MiB, this one has 5: split it"]);
}

#[test]
fn merge_keys_are_refused_wherever_they_stand() {
    for text in [
        format!("{PRODUCT}  <<: {{title: Mail}}\n"),
        format!("{PRODUCT}  dimensions: {{<<: {{region: attribute cloud.region}}}}\n"),
        PRODUCT.replace("metadata: {", "metadata: {<<: [], "),
    ] {
        assert_eq!(message(&text), "MPY007 a registry has no merge keys");
    }
    assert_eq!(message(&format!("{PRODUCT}  \"<<\": x\n")), "MPY007 `<<` is not a key of the `spec` of product `mail`");
}

#[test]
fn broken_documents_are_named_one_by_one_until_there_are_too_many() {
    let broken = "---\na: [x\n";
    let outcome =
        read_one(&format!("{PRODUCT}{}---\n{}", broken.repeat(3), PRODUCT.replace("name: mail", "name: shop")));
    assert_eq!(outcome.diagnostics.records().iter().map(|r| r.line).collect::<Vec<_>>(), [Some(8), Some(10), Some(12)]);
    for broken in [broken, "---\n[x: [\n", "---\na: \"x\n", "---\na: &a [*a]\n", "---\n- - - x: y: z\n"] {
        let outcome = read_one(&broken.repeat(2_000));
        assert_eq!(outcome.diagnostics.errors(), 20, "{broken}");
        assert!(outcome.diagnostics.render(false).contains("the rest of the file was not read"), "{broken}");
    }
}

#[test]
fn keys_that_are_no_text_are_one_message() {
    assert_eq!(message(&format!("{PRODUCT}  ? [a, b]\n  : c\n")), "MPY010 a key must be text, not a list");
    assert_eq!(message(&format!("{PRODUCT}  ? {{a: b}}\n  : c\n")), "MPY010 a key must be text, not a mapping");
    assert_eq!(message(&format!("{PRODUCT}  : c\n")), "MPY010 a key must be text, not nothing");
}

#[test]
fn an_objective_has_bounds_that_people_stay_within() {
    let objective = |steps: &str| {
        format!(
            "{PRODUCT}---\napiVersion: milepost/v1\nkind: Objective\nmetadata: {{name: o}}\nspec: {{description: x, steps: {steps}}}\n"
        )
    };
    let names = |count: usize| (0..count).map(|n| format!("s{n}")).collect::<Vec<_>>().join(", ");
    let codes = |text: &str| {
        let outcome = read_one(text);
        outcome
            .diagnostics
            .iter()
            .filter(|d| d.code.as_str() == "MPY003")
            .map(|d| d.message.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(codes(&objective(&format!("[{}]", names(201)))), ["objective `o` has 201 steps"]);
    assert_eq!(
        codes(&objective(&format!("[{{oneOf: [{}]}}]", names(21)))),
        ["21 steps are alternatives to each other"]
    );
    assert_eq!(codes(&objective(&format!("[{}]", names(200)))), [""; 0]);
}
