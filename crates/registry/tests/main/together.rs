//! All mistakes at once, in one order, at places that other programs can use.

use crate::read_alone;
use milepost_registry::{Code, Diagnostics, Outcome};

/// Files with one mistake in each numbered line, so that one run shows whether each is found.
const FILES: [(&str, &str); 4] = [
    (
        "a/product.yaml",
        "\
apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec:
  description: Post für alle.
  owner: [mail-team]                  # 6: a list
  tilte: Mail                         # 7: no key
  dimensions: {region: cloud.region}  # 8: found nowhere
---
apiVersion: milepost/v1
kind: Objective
metadata: {name: read-mail}
spec:
  description: Someone reads what others wrote.
  steps:
    - open-inbox
    - step: open-message
      after: open-inbx                # 18: not of this objective
    - reply                           # 19: no such step
",
    ),
    (
        "a/steps.yaml",
        "\
apiVersion: milepost/v1
kind: Step
metadata: {name: open-inbox}
spec:
  description: The user opens the inbox.
  start: The user clicks Inbox.
  success: The messages are listed.
  failure: {text: They are not., status: [600]}     # 8: no status
  measure: [webmail GET /inbox, webmail GET /inbox] # 9: twice
---
apiVersion: milepost/v1
kind: Step
metadata: {name: open-message}
spec:                                               # 14: lacks `start`
  description: The user opens a message.
  success: It is shown.
  measure: [webmail GET /letters]                   # 17: not offered
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {description: A: b}                           # 22: a colon too many
---
apiVersion: milepost/v1
kind: Stpe                                          # 25: no kind
metadata: {name: other}
spec: {}
",
    ),
    (
        "services.yaml",
        "\
apiVersion: milepost/v1
kind: Service
metadata: {name: webmail}
spec:
  owner: web-team
  operations: [GET /inbox, GET /messages]
  accessLog: apache                                  # 7: no format
",
    ),
    (
        "slos.yaml",
        "\
apiVersion: milepost/v1
kind: SLO
metadata: {name: inbox, product: mial}             # 3: no product
spec:
  step: read-mail/open-inbox
  type: latency                                    # 6: lacks a threshold
  class: bacth                                     # 7: no class
  target: 101%                                     # 8: no target
  valid: outcome = 'sucess' AND service = 'mailbox' # 9: no value
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: inbox}                            # 13: there already
spec:
  step: read-mail/search-mail                      # 15: no step
  type: availability
  valid: service = 'webmial'                       # 17: no service
  window: 28                                       # 18: no window
  target: 99%
",
    ),
];

const EXPECTED: &[&str] = &[
    "a/product.yaml:6:10 MPY010",
    "a/product.yaml:7:3 MPY007",
    "a/product.yaml:8:24 MPY012",
    "a/product.yaml:18:14 MPM007",
    "a/product.yaml:19:7 MPN004",
    "a/steps.yaml:8:43 MPM008",
    "a/steps.yaml:9:33 MPM006",
    "a/steps.yaml:14:1 MPY009",
    "a/steps.yaml:17:13 MPN008",
    "a/steps.yaml:22:22 MPY002",
    "a/steps.yaml:25:7 MPY006",
    "services.yaml:7:14 MPY012",
    "slos.yaml:3:34 MPN002",
    "slos.yaml:6:9 MPS002",
    "slos.yaml:7:10 MPN009",
    "slos.yaml:8:11 MPS001",
    "slos.yaml:9:20 MPE001",
    "slos.yaml:13:18 MPN001",
    "slos.yaml:15:9 MPN004",
    "slos.yaml:17:20 MPN007",
    "slos.yaml:18:11 MPS005",
];

fn places(diagnostics: &Diagnostics) -> Vec<String> {
    let place = |line: Option<usize>, column: Option<usize>| match (line, column) {
        (Some(line), Some(column)) => format!(":{line}:{column}"),
        _ => String::new(),
    };
    diagnostics.records().iter().map(|r| format!("{}{} {}", r.file, place(r.line, r.column), r.code)).collect()
}

#[test]
fn one_run_shows_every_mistake_of_every_file_by_path_and_place() {
    let Outcome { registry, diagnostics } = read_alone(FILES);
    assert!(registry.is_none());
    assert_eq!(places(&diagnostics), EXPECTED, "{}", diagnostics.render(false));
    assert_eq!(diagnostics.errors(), EXPECTED.len());
}

#[test]
fn the_order_does_not_depend_on_that_of_the_files() {
    let once = read_alone(FILES).diagnostics;
    let again = read_alone(FILES).diagnostics;
    assert_eq!(once.render(false), again.render(false));
    // Which of two documents is the second does, and nothing else here is said of two files.
    let mut reversed = FILES;
    reversed.reverse();
    assert_eq!(read_alone(reversed).diagnostics.render(false), once.render(false));
}

#[test]
fn what_may_be_declared_in_a_broken_document_is_not_called_unknown() {
    let product = "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: mail}\nspec: {description: Mail., owner: mail-team}\n";
    let slo = |step| {
        format!(
            "apiVersion: milepost/v1\nkind: SLO\nmetadata: {{name: {step}}}\nspec: {{step: {step}, type: availability, target: 99%}}\n"
        )
    };
    let slos = format!("{}---\n{}", slo("open-inbox"), slo("open-message"));
    for broken in [
        "apiVersion: milepost/v1\nkind: Step\nmetadata: {name: open-inbox}\nspec: [\n",
        "apiVersion: milepost/v1\nkind: Stepp\nmetadata: {name: open-inbox}\nspec: {}\n",
        "apiVersion: milepost/v1\nkind: Step\nmetadata: {name: Open Inbox}\nspec: {}\n",
        "apiVersion: apps/v1\nkind: Step\nmetadata: {name: open-inbox}\nspec: {}\n",
    ] {
        let outcome = read_alone([("broken.yaml", broken), ("product.yaml", product), ("slos.yaml", &slos)]);
        let unknown: Vec<&str> =
            outcome.diagnostics.iter().filter(|d| d.code.as_str() == "MPN004").map(|d| &*d.message).collect();
        assert_eq!(unknown, ["there is no step `open-message`"], "{broken}");
    }
    // A product that cannot be read is one mistake, not one for each document of it.
    let outcome =
        read_alone([("product.yaml", &*product.replace("spec: {", "spec: [{")), ("slos.yaml", &slo("open-inbox"))]);
    let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code.as_str()).collect();
    assert_eq!(codes, ["MPY002", "MPN004"]);
}

#[test]
fn a_place_counts_characters_and_goes_to_the_end_of_its_line() {
    let text = "\
apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec: {description: 'Grüße 🦀', ownr: mail-team, owner: mail-team}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: open-inbox}
spec:
  description:
    - Öffnet
    - den Eingang
  start: Der Nutzer klickt.
  success: Grüße 🦀, {}.
  measure: ['größe GET /größe', größe]
";
    let outcome = read_alone([("ü.yaml", text)]);
    let records = outcome.diagnostics.records();
    let of = |code: &str| {
        let record = records.iter().find(|r| r.code == code).unwrap_or_else(|| panic!("no {code}"));
        (record.line, record.column, record.end_line, record.end_column)
    };
    assert_eq!(of("MPY007"), (Some(4), Some(32), Some(4), Some(36)));
    assert_eq!(of("MPY010"), (Some(11), Some(5), Some(11), Some(13)), "only the first line of a list");
    assert_eq!(of("MPM004"), (Some(15), Some(13), Some(15), Some(31)));
    let json = serde_json::to_value(&records[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!((&json["file"], &json["line"], &json["column"]), (&"ü.yaml".into(), &4.into(), &32.into()));
    let rendered = outcome.diagnostics.render(false);
    assert!(rendered.contains(" --> ü.yaml:4:32\n"), "{rendered}");
}

#[test]
fn line_breaks_of_windows_and_a_byte_order_mark_move_no_place() {
    let text = "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: mail}\nspec:\n  descriptio: x\n  owner: y\n  description: z\n";
    let plain = read_alone([("a.yaml", text)]);
    for changed in [text.replace('\n', "\r\n"), format!("\u{feff}{text}"), text.replace("\nkind", "\r\nkind")] {
        let outcome = read_alone([("a.yaml", &*changed)]);
        assert_eq!(places(&outcome.diagnostics), places(&plain.diagnostics));
        assert_eq!(outcome.diagnostics.render(false), plain.diagnostics.render(false));
    }
    assert_eq!(places(&plain.diagnostics), ["a.yaml:5:3 MPY007"]);
    let wrong_version = format!("\u{feff}{}", text.replace("milepost/v1", "milepost/v9"));
    assert_eq!(places(&read_alone([("a.yaml", &*wrong_version)]).diagnostics)[0], "a.yaml:1:13 MPY005");
}

#[test]
fn dimensions_of_a_product_that_cannot_be_read_are_not_called_unknown() {
    let broken = "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: mail}\nspec:\n  dimensions: {catalogue-age: attribute age\n";
    let rest = "apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {description: Searches., start: Now., success: Found., measure: [web GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: fresh}
spec: {step: search, type: freshness, target: 99%, good: \"catalogue_age = 'fresh'\"}
";
    let outcome = read_alone([("broken.yaml", broken), ("rest.yaml", rest)]);
    let said = outcome.diagnostics.render(false);
    assert!(outcome.diagnostics.iter().all(|d| d.code != Code::BadExpression), "{said}");
}

#[test]
fn a_dimension_with_its_hyphens_is_one_mistake_that_says_how_it_is_written() {
    let text = "apiVersion: milepost/v1
kind: Product
metadata: {name: mail}
spec: {description: Mail., owner: mail-team, dimensions: {catalogue-age: attribute age}}
---
apiVersion: milepost/v1
kind: Step
metadata: {name: search}
spec: {description: Searches., start: Now., success: Found., measure: [web GET /]}
---
apiVersion: milepost/v1
kind: Service
metadata: {name: web}
spec: {owner: web-team}
---
apiVersion: milepost/v1
kind: SLO
metadata: {name: fresh}
spec: {step: search, type: freshness, target: 99%, good: \"catalogue-age = 'fresh'\"}
";
    let outcome = read_alone([("mail.yaml", text)]);
    let errors: Vec<_> = outcome.diagnostics.iter().filter(|d| d.code == Code::BadExpression).collect();
    assert_eq!(errors.len(), 1, "{}", outcome.diagnostics.render(false));
    assert_eq!(errors[0].help.as_deref(), Some("write `catalogue_age`"));
}
