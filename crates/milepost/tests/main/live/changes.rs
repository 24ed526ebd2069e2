//! `milepost change`, as a pipeline uses it: what was acknowledged is there whatever ends the server.

use super::process::Process;
use crate::run::{Folder, example, json, milepost};
use std::process::Output;

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn a_pipeline_tells_of_a_deploy_once_and_a_kill_loses_nothing() {
    let folder = Folder::new("changes");
    let data = folder.path().join("data");
    let server = Process::start(&example("mail"), &data, &[]);
    let url = format!("http://{}", server.api);
    let deploy =
        ["change", "--server", &url, "--kind", "deploy", "--service", "outbox", "--version", "1.2.3", "--id", "b-7"];
    let told = milepost(deploy);
    assert!(told.status.success(), "{}", said(&told));
    assert_eq!(said(&told), "b-7 outbox 1.2.3 is deployed\n");
    assert_eq!(said(&milepost(deploy)), "b-7 outbox 1.2.3 is deployed (known already)\n");
    let wrong = milepost(["change", "--server", &url, "--kind", "flag", "--link", "ci"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(said(&wrong).contains("`link`: it is an address that begins with `https://`"), "{}", said(&wrong));
    let warned = milepost(["change", "--server", &url, "--kind", "flag", "--service", "outbx"]);
    assert!(said(&warned).contains("did you mean `outbox`?"), "{}", said(&warned));
    server.kill();

    let server = Process::start(&example("mail"), &data, &[]);
    let url = format!("http://{}", server.api);
    let listed = json(&milepost(["change", "list", "--server", &url, "--service", "outbox", "--format", "json"]));
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["id"]), (Some(1), &"b-7".into()), "{listed}");
    let table = said(&milepost(["change", "list", "--server", &url, "--from=-1h"]));
    assert!(
        table.contains("outbox 1.2.3 is deployed") && table.contains("outbx is switched")
            || table.contains("a flag of outbx"),
        "{table}"
    );
}
