//! `milepost report --format html`: one page that is whole by itself, whatever is written into the registry and the telemetry.

use super::{LOG, SHOP};
use crate::run::{Folder, files, milepost, milepost_in, told};
use crate::telemetry::{lines, span, spans_of};
use milepost_testkit::data_dir;
use roxmltree::{Document, Node, ParsingOptions};
use serde_json::json;
use std::process::Output;

/// Standard output of a run that went well.
fn page(output: &Output) -> String {
    assert!(output.status.success(), "{}", told(output));
    String::from_utf8(output.stdout.clone()).expect("it is text")
}

fn parsed(page: &str) -> Document<'_> {
    Document::parse_with_options(page, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() })
        .expect("the page is well-formed")
}

fn mail() -> String {
    page(&milepost(
        "report --registry examples/mail --format html examples/mail/telemetry/eu-west.jsonl.gz examples/mail/telemetry/us-east.jsonl.gz"
            .split(' '),
    ))
}

/// Pages of all that there are examples of, the last two where their data is.
fn pages() -> Vec<(&'static str, String)> {
    let of = |registry: &str, files: Vec<std::path::PathBuf>| {
        let files = files.iter().map(|file| file.display().to_string());
        let arguments = ["report", "--format=html", "--registry", registry].into_iter().map(str::to_owned);
        page(&milepost(arguments.chain(files)))
    };
    let folder = Folder::new("html_pages");
    let log = folder.write("access.log", LOG.as_bytes());
    let empty = folder.write("empty.log", b"");
    let mut pages = vec![
        ("mail", mail()),
        ("log", of("examples/website", vec![log])),
        ("empty", of("examples/website", vec![empty])),
    ];
    if let Some(data) = data_dir("access_erddap_nginx") {
        pages.push(("erddap", of("examples/erddap", files(&data, ".zst"))));
    }
    if let Some(data) = data_dir("traces_nezha_onlineboutique_2022-08-23") {
        let two = files(&data.join("otlp"), ".zst").into_iter().take(2).collect();
        pages.push(("online-boutique", of("examples/online-boutique", two)));
    }
    pages
}

/// Fails if a page runs something or asks for something that is not in it, or points nowhere.
fn assert_is_whole(name: &str, page: &str) {
    let document = parsed(page);
    let ids: Vec<&str> = document.descendants().filter_map(|node| node.attribute("id")).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{name}: ids are unique");
    for node in document.descendants().filter(Node::is_element) {
        let element = node.tag_name().name();
        assert!(
            !["script", "img", "link", "iframe", "object", "image", "use", "form"].contains(&element),
            "{name}: {element}"
        );
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            assert!(!key.starts_with("on") && key != "src" && key != "style", "{name}: {key} of {element}");
            if key == "href" {
                let target = value.strip_prefix('#').unwrap_or_else(|| panic!("{name}: {value}"));
                assert!(ids.contains(&target), "{name}: {value} points nowhere");
            }
        }
        if element == "style" {
            let style = node.text().unwrap_or_default();
            assert!(!style.contains("url(") && !style.contains("@import"), "{name}");
        }
    }
}

/// Fails unless headings follow each other, tables have headers that say of what, and pictures say what they show.
fn assert_can_be_heard(name: &str, page: &str) {
    let document = parsed(page);
    let elements = || document.descendants().filter(Node::is_element);
    let level =
        |node: Node<'_, '_>| node.tag_name().name().strip_prefix('h').and_then(|level| level.parse::<u32>().ok());
    let levels: Vec<u32> = elements().filter_map(level).collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{name}");
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{name}: {levels:?}");
    for node in elements() {
        let has = |wanted: &str| node.children().any(|child| child.tag_name().name() == wanted);
        match node.tag_name().name() {
            "th" => assert!(node.attribute("scope").is_some(), "{name}"),
            "figure" => assert!(has("figcaption"), "{name}"),
            "details" => assert!(has("summary"), "{name}"),
            "svg" => {
                let is_hidden = node.ancestors().any(|node| node.attribute("aria-hidden").is_some());
                assert!(is_hidden || node.attribute("aria-label").is_some() || has("title"), "{name}");
            }
            _ => {}
        }
    }
}

#[test]
fn every_page_is_whole_by_itself_and_can_be_heard() {
    for (name, page) in pages() {
        assert_is_whole(name, &page);
        assert_can_be_heard(name, &page);
        assert!(page.len() < 200_000, "{name} fits into a mail: {}", page.len());
    }
}

/// What stands on a page, an element a line, with its words and without its markup.
fn words(node: Node<'_, '_>, out: &mut String) {
    const PARTS: [&str; 16] = [
        "h1",
        "h2",
        "h3",
        "p",
        "li",
        "tr",
        "dt",
        "dd",
        "caption",
        "figcaption",
        "summary",
        "pre",
        "nav",
        "div",
        "svg",
        "title",
    ];
    for child in node.children() {
        let name = child.tag_name().name();
        match (child.text(), name) {
            (Some(text), _) if child.is_text() => out.push_str(text),
            (_, "style") => {}
            // The numbers behind charts are many, and tested elsewhere.
            (_, "figure") if child.attribute("class") == Some("charts") => out.push_str("\n(charts)\n"),
            (_, "figure") => out.push_str("\n(diagram)\n"),
            (_, "svg") => out.extend(child.attribute("aria-label").map(|label| format!("\n[{label}]\n"))),
            _ => {
                let is_part = PARTS.contains(&name);
                out.push_str(if is_part { "\n" } else { "" });
                words(child, out);
                out.push_str(if is_part {
                    "\n"
                } else if matches!(name, "td" | "th") {
                    " | "
                } else {
                    ""
                });
            }
        }
    }
}

#[test]
fn the_mail_page_says_what_fails_how_badly_since_when_and_why() {
    let page = mail();
    let mut text = String::new();
    words(parsed(&page).root_element(), &mut text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    insta::assert_snapshot!(lines.join("\n").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn charts_say_what_they_show_and_have_a_table_behind_them() {
    let page = mail();
    let document = parsed(&page);
    let step = document.descendants().find(|node| node.attribute("id") == Some("step.mail.send-mail")).unwrap();
    let labels: Vec<&str> = step
        .descendants()
        .filter(|n| n.has_tag_name(("http://www.w3.org/2000/svg", "svg")) || n.tag_name().name() == "svg")
        .filter_map(|n| n.attribute("aria-label"))
        .collect();
    assert!(
        labels.contains(&"Share of attempts that succeeded by minute, lowest 0% at 14:29; attempts in 53 of 60"),
        "{labels:?}"
    );
    let rows = step.descendants().filter(|node| node.attribute("class") == Some("none"));
    assert!(rows.clone().count() > 0 && rows.clone().all(|gap| gap.text() == Some("no attempt seen")));
}

/// What somebody would write who means harm.
const HOSTILE: &str = "<img src=x onerror=alert(1)>\"'&amp;]]>--><script>alert(2)</script>\u{202e}\u{7}`";

#[test]
fn names_from_registry_and_telemetry_are_text_and_nothing_else() {
    let folder = Folder::new("html_hostile");
    let written = |text: &str| serde_json::to_string(text).unwrap();
    let harmful = HOSTILE.replace(['\u{202e}', '\u{7}'], "");
    let registry = SHOP
        .replace("title: Place the order", &format!("title: {}", written(&harmful)))
        .replace("The user presses Buy.", &written(&harmful))
        .replace("description: People buy things.", &format!("description: {}", written(&harmful)))
        .replace(", accessLog: combined", "");
    folder.write("registry/shop.yaml", registry.as_bytes());
    let request = |number| {
        let text = |value: &str| json!({ "stringValue": value });
        span(
            number,
            HOSTILE,
            &[
                ("http.request.method", text("POST")),
                ("http.route", text("/orders")),
                ("url.path", text(HOSTILE)),
                ("http.response.status_code", json!({ "intValue": "500" })),
                ("error.type", text(HOSTILE)),
            ],
        )
    };
    let spans: Vec<_> = (0..9).map(request).collect();
    let name = "<b onclick='x'> & \"spans\".jsonl";
    folder.write(name, &lines(&[spans_of("web", &spans)]));
    let output = milepost_in(&folder, ["report", "--registry=registry", "--format=html", name]);
    let page = page(&output);
    assert_is_whole("hostile", &page);
    let document = parsed(&page);
    let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).collect();
    let shown = HOSTILE.replace('\u{202e}', "\\u{202e}").replace('\u{7}', "\\u{7}");
    assert!(texts.iter().any(|text| text.contains(shown.trim_end_matches('`'))), "the error is shown");
    assert!(texts.contains(&harmful.as_str()), "the title is shown");
    assert!(
        texts.iter().any(|text| text.contains("'<b onclick='\\''x'\\''> & \"spans\".jsonl'")),
        "the command is shown"
    );
}

/// A log of requests at these times.
fn log(times: &[&str]) -> String {
    let line =
        |time: &&str| format!("192.0.2.1 - - [{time} +0000] \"POST /orders HTTP/1.1\" 200 512 \"-\" \"Mozilla/5.0\"\n");
    times.iter().map(line).collect()
}

#[test]
fn the_series_is_by_what_fits_the_time_covered_in_whatever_order_it_is_read() {
    let folder = Folder::new("html_span");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let page_of = |times: &[&str], options: &[&str]| {
        folder.write("access.log", log(times).as_bytes());
        page(&milepost_in(
            &folder,
            ["report", "--registry=registry", "--format=html", "access.log"].iter().chain(options),
        ))
    };
    let minutes = ["31/Jan/2026:14:00:05", "31/Jan/2026:16:59:00"];
    let hours = ["31/Jan/2026:14:00:05", "31/Jan/2026:14:00:07", "02/Feb/2026:18:00:00"];
    let days = ["31/Jan/2026:14:00:05", "31/Jan/2026:23:00:05", "08/Feb/2026:14:00:00"];
    assert!(page_of(&minutes, &[]).contains("By minute, 31 Jan, 14:00 to 17:00 UTC."));
    assert!(page_of(&hours, &[]).contains("By hour, 31 Jan 14:00 to 2 Feb 19:00 UTC."));
    assert!(page_of(&days, &[]).contains("By day, 31 Jan to 8 Feb, days in UTC."));
    assert!(page_of(&minutes, &["--by=hour"]).contains("By hour, 31 Jan, 14:00 to 17:00 UTC."));
    for times in [&minutes[..], &hours, &days] {
        let backwards: Vec<&str> = times.iter().rev().copied().collect();
        assert_eq!(page_of(times, &[]), page_of(&backwards, &[]));
    }
    assert!(page_of(&days, &["--by=minute"]).contains("several parts of the series in each"));
}

#[test]
fn a_page_by_file_has_tables_of_files_and_no_charts() {
    let folder = Folder::new("html_by_file");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    folder.write("access.log", log(&["31/Jan/2026:14:00:05"]).as_bytes());
    let page =
        page(&milepost_in(&folder, ["report", "--registry=registry", "--format=html", "--per-file", "access.log"]));
    assert_is_whole("by file", &page);
    assert!(page.contains("By file") && !page.contains("class=\"charts\""));
}

#[test]
fn hundreds_of_objectives_make_a_page_that_can_still_be_opened() {
    let folder = Folder::new("html_many");
    let (first, rest) = SHOP.split_once("---\n").unwrap();
    let copies = (0..500).map(|number| {
        rest.replace("name: buy", &format!("name: buy-{number}"))
            .replace("place-order", &format!("place-order-{number}"))
            .replace("/orders", &format!("/orders/{number}"))
            .split_once("---\napiVersion: milepost/v1\nkind: Service")
            .map(|(copy, _)| format!("---\n{copy}"))
            .unwrap()
    });
    let service = SHOP.rsplit_once("---\n").unwrap().1;
    let registry = format!("{first}{}---\n{service}", copies.collect::<String>());
    folder.write("registry/shop.yaml", registry.as_bytes());
    let requests: String = (0..500)
        .map(|number| {
            log(&["31/Jan/2026:14:00:05", "31/Jan/2026:14:00:59"]).replace("/orders", &format!("/orders/{number}"))
        })
        .collect();
    folder.write("access.log", requests.as_bytes());
    let page = page(&milepost_in(&folder, ["report", "--registry=registry", "--format=html", "access.log"]));
    assert_is_whole("many", &page);
    assert!(page.len() < 3_000_000, "{}", page.len());
    assert_eq!(page.matches("class=\"charts\"").count(), 100);
    assert!(page.contains("too many to draw on one page"));
}
