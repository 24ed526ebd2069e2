//! `milepost replay`.

use super::SHOP;
use crate::run::{Folder, example, files, json, milepost, milepost_in, told, workspace};
use serde_json::Value;

/// What a report says of steps, but for latency, which the two estimate from different pieces.
fn steps(report: &Value) -> Vec<Value> {
    let steps = report["steps"].as_array().expect("steps").iter();
    steps.map(|step| ["step", "valid", "good", "outcomes"].map(|key| step[key].clone()).to_vec().into()).collect()
}

#[test]
fn what_was_recorded_is_counted_by_a_live_server_as_it_is_by_a_report() {
    let folder = Folder::new("replay-mail");
    let telemetry = files(&workspace().join("examples/mail/telemetry"), ".gz");
    let telemetry: Vec<String> = telemetry.iter().map(|file| file.display().to_string()).collect();
    let with =
        |arguments: &[&str]| arguments.iter().map(ToString::to_string).chain(telemetry.clone()).collect::<Vec<_>>();
    let (registry, data) =
        (format!("--registry={}", example("mail")), format!("--data={}/data", folder.path().display()));
    let replayed = milepost(with(&["replay", &registry, &data, "--format=json"]));
    assert!(replayed.status.success(), "{}", told(&replayed));
    let live = json(&milepost(["report", &data, "--format=json"]));
    let offline = json(&milepost(with(&["report", &registry, "--format=json"])));
    assert_eq!(steps(&live), steps(&offline));
    assert_eq!(live["kpis"], offline["kpis"]);
    // Nobody knows what usually comes: lost is what failed, which carried how long each letter was.
    let written = offline["kpis"].as_array().expect("KPIs").iter().find(|of| of["kpi"] == "written").expect("the KPI");
    let incidents = json(&replayed)[0]["incidents"].as_array().expect("incidents").clone();
    let costly = |incident: &&Value| {
        incident["steps"].as_array().is_some_and(|of| of.iter().any(|of| of["step"] == "send-mail"))
    };
    let lost = |kpi: &str| -> f64 {
        let kpis = incidents.iter().filter(costly).flat_map(|of| of["kpis"].as_array().expect("KPIs").clone());
        kpis.filter(|of| of["kpi"] == kpi).filter_map(|of| of["lost"].as_f64()).sum()
    };
    assert_eq!(Some(lost("written")), written["failed_sum"].as_f64(), "{incidents:?}");
    assert_eq!(Some(lost("messages-sent")), written["failed_counted"].as_u64().map(|failed| failed as f64));
    assert!(lost("written") > 0.0);
    assert!(live["steps"][0]["valid"].as_u64().is_some_and(|valid| valid > 0), "{live}");
}

#[test]
fn lines_of_several_logs_are_played_in_the_order_of_time_and_gaps_are_left_out() {
    let folder = Folder::new("replay-log");
    folder.write("registry/shop.yaml", SHOP.as_bytes());
    let line = |time: &str, status: u16| {
        format!("10.0.0.1 - - [02/Mar/2026:{time} +0000] \"POST /orders HTTP/1.1\" {status} 5\n")
    };
    folder.write("b.log", [line("10:00:01", 500), line("16:00:00", 200)].concat().as_bytes());
    folder.write("a.log", [line("10:00:00", 200), line("10:00:02", 200)].concat().as_bytes());
    let play = |more: &[&str]| {
        let arguments = ["replay", "--registry=registry", "b.log", "a.log"].iter().chain(more);
        told(&milepost_in(&folder, arguments))
    };
    insta::assert_snapshot!("replay_of_two_logs", play(&["--data=one"]));
    insta::assert_snapshot!("replay_into_a_folder_with_something_in_it", play(&["--data=one"]));
    insta::assert_snapshot!(
        "replay_of_a_part",
        play(&["--data=two", "--from=2026-03-02T10:00:01Z", "--to=2026-03-02T11:00Z"])
    );
    insta::assert_snapshot!("replay_that_goes_on_from_nothing", play(&["--data=three", "--continue"]));
    insta::assert_snapshot!("replay_into_the_past", play(&["--data=one", "--continue"]));
    folder.write("c.log", line("17:00:00", 200).as_bytes());
    let goes_on = milepost_in(&folder, ["replay", "--registry=registry", "--data=one", "--continue", "c.log"]);
    assert!(goes_on.status.success(), "{}", told(&goes_on));
    let all = json(&milepost_in(&folder, ["report", "--data=one", "--format=json"]));
    assert_eq!(all["steps"][0]["valid"], 5, "{all}");
}
