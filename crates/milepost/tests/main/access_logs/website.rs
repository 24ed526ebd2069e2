//! The Apache log of a blog: `examples/website`. Its lines are out of order within the hour.

use super::*;

fn serves(request: &Request<'_>) -> Option<Served> {
    let segments = request.segments();
    let has_flavour = request.query.is_some_and(|query| query.split('&').any(|pair| pair.starts_with("flav=")));
    // Feeds and lists of posts share their addresses; rules tell them apart, whatever the method.
    let (step, by_rule) = match segments[..] {
        [] | ["blog"] | ["blog", "tags", _] if has_flavour => ("fetch-feed", true),
        [] => ("open-front-page", true),
        ["blog"] | ["blog", "tags", _] => ("browse-posts", true),
        _ => (step(&segments)?, false),
    };
    let is_attempt = request.method == "GET";
    if !is_attempt && !by_rule {
        return None;
    }
    let failures: &[u16] = if matches!(step, "download-file" | "load-page-parts") { &[404] } else { &[] };
    Some(Served { step, class: class(request), is_attempt, failures })
}

fn step(segments: &[&str]) -> Option<&'static str> {
    let ends = |file: &str, endings: &[&str]| endings.iter().any(|e| file.len() > e.len() && file.ends_with(e));
    Some(match segments {
        ["blog", "geekery", _] => "read-post",
        ["blog", .., post] if segments.len() <= 4 && ends(post, &[".html"]) => "read-post",
        ["blog", ..] => "browse-posts",
        ["articles"] | ["articles", _] => "read-article",
        ["presentations"] | ["presentations", _] => "open-presentation",
        ["presentations", _, page] if ends(page, &[".html", ".pdf"]) => "open-presentation",
        ["projects"] | ["projects", _] => "read-project-page",
        ["projects", _, page] if ends(page, &[".html", ".xhtml"]) => "read-project-page",
        ["projects", _, program] if ends(program, &[".gz", ".py"]) => "download-file",
        ["about" | "resume.xml"] => "read-about",
        ["scripts" | "misc", ..] => "download-file",
        ["images", document] if ends(document, &[".pdf"]) => "download-file",
        ["files", below @ ..] => return below_files(below),
        ["presentations" | "projects" | "articles" | "images" | "icons", ..] => "load-page-parts",
        ["style2.css" | "reset.css" | "favicon.ico" | "resume.css" | "resume.xsl"] => "load-page-parts",
        _ => return None,
    })
}

/// Below `/files` lie programs, their manuals and the pictures of posts.
fn below_files(below: &[&str]) -> Option<&'static str> {
    match below {
        [_, "docs"] | [_, "docs", "html"] | [_, "docs", "man", ..] => Some("read-manual"),
        [_, "docs", "html", page] if page.ends_with(".html") => Some("read-manual"),
        [_, "docs", "html", ..] | ["images", ..] | ["blogposts", _, ..] => Some("load-page-parts"),
        [] | [_] | [_, _] | ["rpm", _, _] => Some("download-file"),
        _ => None,
    }
}

/// What programs of this log call themselves, in lower case: they fetch pages for search engines, archives, previews and feed readers.
const CRAWLERS: [&str; 37] = [
    // Whoever says so.
    "bot/",
    "bot ",
    "bot-",
    "bot;",
    "bot)",
    "_bot",
    "robot",
    "crawl",
    "spider",
    "slurp",
    // Readers of feeds.
    "feed",
    "rss/",
    "livejournal.com",
    "liferea",
    "simplepie",
    "theoldreader",
    "newsify",
    "reeder/",
    // Previews, archives, checkers of links.
    "preview",
    "embedly",
    "flipboard",
    "facebookexternalhit",
    "archive",
    "xenu",
    "link validator",
    "changedetection",
    // Search engines under other names, and those who watch for releases.
    "ezooms",
    "siteexplorer",
    "genieo",
    "nutch",
    "daumoa",
    "yandeximages",
    "yandexdirect",
    "portscout",
    "distilator",
    "mediapartners",
    "lumibot",
];

fn class(request: &Request<'_>) -> &'static str {
    let agent = request.agent.to_lowercase();
    match &agent {
        // A tool that posts spam and reports it in the address, and guesses at a site made with WordPress.
        _ if request.path.contains("+++Result:") || request.path.contains("/wp-admin/") => "scanner",
        agent if agent.contains("phantomjs") => "test",
        agent if CRAWLERS.iter().any(|word| agent.contains(word)) => "crawler",
        _ => "interactive",
    }
}

fn log() -> Option<PathBuf> {
    Some(milepost_testkit::data_dir("access_elastic_apache")?.join("apache_logs.log.zst"))
}

#[test]
fn every_step_class_and_hour_of_the_apache_log_counts_what_an_independent_count_gives() {
    let Some(log) = log() else { return };
    let expected = Expected::count(&milepost_testkit::read_zstd(&log), serves);
    assert_eq!((expected.events, expected.rejected, expected.stray), (10_000, 0, 0));

    let report = report("website", &["--by=hour"], &[log]);
    let input = &report["input"];
    assert_eq!(input["events"], expected.events);
    assert_eq!(input["annotated"], expected.annotated);
    assert_eq!(input["rejected"], serde_json::json!({}));
    let notes = report["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with("1 line")), "{notes:?}");
    assert_same(&steps_of(&report), &expected.steps);
    assert_same(&hours_of(&report), &expected.hours);
    assert_availability_slos_count_their_rows(&report);
}

#[test]
fn parts_of_pages_are_never_attempts_of_pages() {
    let Some(log) = log() else { return };
    let text = milepost_testkit::read_zstd(&log);
    let endings = [".png", ".jpg", ".gif", ".svg", ".ico", ".css", ".js", ".ttf", ".woff"];
    let mut parts = 0;
    // What is not there may be asked for under any address.
    for request in text.lines().filter_map(Request::read).filter(|request| request.status < 400) {
        let is_part = endings.iter().any(|ending| request.path.ends_with(ending));
        if let Some(served) = serves(&request).filter(|served| is_part && served.is_attempt) {
            assert!(matches!(served.step, "load-page-parts" | "download-file"), "{}", request.path);
            parts += u64::from(served.step == "load-page-parts");
        }
    }
    let report = report("website", &[], &[log]);
    let counted = steps_of(&report).into_iter().filter(|((step, _), _)| step == "load-page-parts");
    let counted: u64 = counted.map(|(_, counts)| counts.valid + counts.abandoned).sum();
    assert!(parts > 4000 && counted >= parts, "{parts} parts, {counted} counted");
}

#[test]
fn shuffled_lines_give_the_same_report() {
    let Some(log) = log() else { return };
    let text = milepost_testkit::read_zstd(&log);
    let folder = Folder::new("shuffled_lines");
    let mut reports = Vec::new();
    for seed in [None, Some(1), Some(2)] {
        let mut lines: Vec<&str> = text.lines().collect();
        if let Some(seed) = seed {
            shuffle(&mut lines, seed);
        }
        let file = folder.write("access.log", format!("{}\n", lines.join("\n")).as_bytes());
        let mut report = report("website", &["--by=hour"], &[file]);
        // Only the place of the one line that is cut off is another.
        let [note] = &mut report["notes"].as_array_mut().expect("notes")[..] else { panic!("one note is expected") };
        let place = note.as_str().and_then(|note| note.find(" (the first: ")).expect("the note names the line");
        *note = note.as_str().expect("a text")[..place].into();
        reports.push(report);
    }
    let [in_order, shuffled, again] = &reports[..] else { unreachable!() };
    assert!(in_order["series"].as_array().unwrap().len() > 100);
    assert_eq!(in_order, shuffled);
    assert_eq!(in_order, again);
}

/// The shuffle of Fisher and Yates, with random numbers by xorshift.
fn shuffle(lines: &mut [&str], mut seed: u64) {
    for end in (1..lines.len()).rev() {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let other = usize::try_from(seed % (end as u64 + 1)).expect("a position");
        lines.swap(end, other);
    }
}
