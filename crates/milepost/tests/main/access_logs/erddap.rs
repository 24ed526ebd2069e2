//! The nginx log of a server of ocean data: `examples/erddap`.

use super::*;

/// Forms in which the server gives the numbers of a data set, those in which it draws them, and those in which it describes it.
const DATA: [&str; 15] = [
    "csv",
    "csvp",
    "csv0",
    "tsv",
    "json",
    "geoJson",
    "htmlTable",
    "dods",
    "mat",
    "nc",
    "ncCF",
    "ncCFMA",
    "nccsv",
    "odvTxt",
    "parquet",
];
const GRID_DATA: [&str; 8] = ["csv", "csvp", "json", "htmlTable", "dods", "mat", "nc", "nccsv"];
const PICTURES: [&str; 5] = ["png", "pngInfo", "largePng", "pdf", "kml"];
const DESCRIPTIONS: [&str; 5] = ["das", "dds", "fgdc", "iso19115", "ncHeader"];

fn serves(request: &Request<'_>) -> Option<Served> {
    let step = step(&request.segments())?;
    // Partners are known by their addresses, whatever the method; everything else is asked for by GET.
    let by_get = request.method == "GET";
    if !by_get && !is_of_partner(request) {
        return None;
    }
    // The bare addresses only lead to the start page.
    let leads = matches!(request.segments()[..], [] | ["erddap"]);
    Some(Served { step, class: class(request), is_attempt: by_get && !leads, failures: failures(step) })
}

fn step(segments: &[&str]) -> Option<&'static str> {
    Some(match segments {
        [] | ["erddap"] | ["erddap", "index.html"] => "open-start-page",
        ["erddap", below @ ..] => match below {
            ["search" | "opensearch1.1", _] => "search-datasets",
            ["info" | "tabledap" | "griddap" | "files" | "metadata"] => "browse-datasets",
            ["info", page] if is_more_than(page, "index") => "browse-datasets",
            ["info", _, _] => "read-description",
            ["metadata", _] | ["metadata", _, "xml"] | ["outOfDateDatasets.html"] | ["categorize", ..] => {
                "browse-datasets"
            }
            ["metadata", _, "xml", _] => "read-description",
            ["tabledap" | "griddap" | "files" | "wms", "documentation.html"] => "read-help",
            ["tabledap" | "griddap" | "wms", page] if is_more_than(page, "index") => "browse-datasets",
            ["tabledap", page] if is_more_than(page, "allDatasets") => "browse-datasets",
            [protocol @ ("tabledap" | "griddap"), data_set] => return of_data_set(protocol, data_set),
            ["wms", _, "index.html"] => "choose-data",
            ["wms", _, "request"] => "draw-picture",
            ["files", _, ".csv"] => "list-changes",
            ["files", _, ..] => "download-file",
            ["subscriptions", "add.html"] => "subscribe",
            ["subscriptions", _] => "manage-subscriptions",
            ["rss", feed] if feed.ends_with(".rss") => "read-feed",
            ["version" | "version_string" | "status.html"] => "check-server",
            ["information.html" | "rest.html" | "legal.html" | "slidesorter.html"] => "read-help",
            [page] if page.starts_with("dataProviderForm") && page.ends_with(".html") => "read-help",
            ["convert", _] => "convert",
            ["images", ..] => "load-page-parts",
            _ => return None,
        },
        _ => return None,
    })
}

/// `/erddap/tabledap/nrt_SEA045.csv`: the ending says what is asked for.
fn of_data_set(protocol: &str, data_set: &str) -> Option<&'static str> {
    let (_, ending) = data_set.rsplit_once('.').filter(|(name, _)| !name.is_empty())?;
    let is_table = protocol == "tabledap";
    match ending {
        "nccsvMetadata" => Some("list-changes"),
        "html" | "graph" => Some("choose-data"),
        "subset" if is_table => Some("choose-data"),
        "transparentPng" if !is_table => Some("draw-picture"),
        _ if PICTURES.contains(&ending) => Some("draw-picture"),
        _ if DESCRIPTIONS.contains(&ending) => Some("read-description"),
        _ if is_table && DATA.contains(&ending) || !is_table && GRID_DATA.contains(&ending) => Some("download-data"),
        _ => None,
    }
}

fn is_more_than(page: &str, beginning: &str) -> bool {
    page.len() > beginning.len() && page.starts_with(beginning)
}

/// 404 is our failure where a page of ours leads, and an answer where users write the request; a form refuses what it has offered.
fn failures(step: &str) -> &'static [u16] {
    match step {
        "search-datasets" | "browse-datasets" | "download-data" | "subscribe" | "convert" => &[],
        "choose-data" | "draw-picture" => &[400, 404],
        _ => &[404],
    }
}

/// What is asked for decides before who asks: partners, monitors, then scanners, then crawlers.
fn class(request: &Request<'_>) -> &'static str {
    let agent = request.agent.to_lowercase();
    match request.segments()[..] {
        _ if is_of_partner(request) => "batch",
        ["erddap", "tabledap", "allDatasets.csv"] if request.agent.starts_with("python-requests/") => "batch",
        ["erddap", "version" | "version_string"] => "monitor",
        _ if request.agent.starts_with('\'') => "crawler",
        _ if agent.contains("zgrab") => "scanner",
        _ if agent.contains("crawl") || agent.contains("bot") => "crawler",
        _ => "interactive",
    }
}

/// Requests that the rules know as those of partners, who keep copies.
fn is_of_partner(request: &Request<'_>) -> bool {
    let nobody = |agent: &str| agent.len() >= 20 && agent.bytes().all(|byte| byte.is_ascii_lowercase());
    let (query, agent) = (request.query.unwrap_or(""), request.agent);
    match request.segments()[..] {
        ["erddap", "subscriptions", "add.html"] => {
            query.split('&').any(|pair| pair.starts_with("action=") && pair.contains("setDatasetFlag"))
        }
        ["erddap", "tabledap" | "griddap", file] if file.ends_with(".nccsvMetadata") => true,
        ["erddap", "files", _, ".csv"] => true,
        ["erddap", "tabledap", file] if file.ends_with(".nccsv") => agent.starts_with("curl/"),
        ["erddap", "tabledap", file] if file.ends_with(".ncCF") => {
            query.is_empty() && (agent == "Python-urllib/2.7" || nobody(agent))
        }
        _ => false,
    }
}

fn logs() -> Option<Vec<PathBuf>> {
    Some(files(&milepost_testkit::data_dir("access_erddap_nginx")?, ".zst"))
}

#[test]
fn every_step_and_class_of_the_nginx_log_counts_what_an_independent_count_gives() {
    let Some(logs) = logs() else { return };
    let text: String = logs.iter().map(|path| milepost_testkit::read_zstd(path)).collect();
    let expected = Expected::count(&text, serves);
    assert_eq!((expected.events, expected.rejected, expected.stray), (10_479, 5_796, 85));

    let report = report("erddap", &["--by=hour"], &logs);
    let input = &report["input"];
    assert_eq!(input["events"], expected.events);
    assert_eq!(input["annotated"], expected.annotated);
    assert_eq!(input["unannotated"], expected.events - expected.annotated);
    assert_eq!(input["rejected"], serde_json::json!({ "not-an-access-log-line": expected.rejected }));
    let notes = report["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().starts_with("85 lines have stray text")), "{notes:?}");
    assert_same(&steps_of(&report), &expected.steps);
    assert_same(&hours_of(&report), &expected.hours);
    assert_availability_slos_count_their_rows(&report);
}
