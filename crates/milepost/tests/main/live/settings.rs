//! Settings from a file, a variable and a flag, by a real process.

use super::process::Process;
use crate::run::{Folder, command, example, files, milepost_in, told};
use std::path::Path;

const PORTS: &str = "listen-grpc: 127.0.0.1:0\nlisten-http: 127.0.0.1:0\nlisten-api: 127.0.0.1:0\n";

/// Where a server keeps what it has, as its greeting says it.
fn data(server: &Process) -> &str {
    let line = server.greeting.lines().find_map(|line| line.strip_prefix("data ")).expect("the greeting has it");
    line.split(':').next().expect("a path").trim()
}

#[test]
fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
    let folder = Folder::new("settings-order");
    let registry = example("mail");
    folder.write("milepost.yaml", format!("registry: {registry}\ndata: of-file\n{PORTS}").as_bytes());
    folder.write("other.yaml", format!("registry: {registry}\ndata: of-other\n{PORTS}").as_bytes());
    let start = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = command([&["up"], arguments].concat());
        Process::run(command.current_dir(folder.path()).envs(variables.iter().copied()))
    };
    let variable = ("MILEPOST_DATA_DIR", "of-variable");
    let server = start(&[], &[]);
    assert_eq!(data(&server), "of-file");
    assert!(server.greeting.contains("\nsettings   milepost.yaml\n"), "{}", server.greeting);
    drop(server);
    assert_eq!(data(&start(&[], &[variable])), "of-variable");
    assert_eq!(data(&start(&["--data", "of-flag"], &[variable])), "of-flag");
    assert_eq!(data(&start(&["--config", "other.yaml"], &[])), "of-other");
    assert_eq!(data(&start(&[], &[("MILEPOST_CONFIG", "other.yaml")])), "of-other");
}

#[test]
fn mistakes_in_the_file_are_told_all_at_once_and_nothing_starts() {
    let folder = Folder::new("settings-mistakes");
    let text = "registry: nowhere\nmemry: 1GiB\nmemory: 1MiB\nack: disc\nlisten_api: 127.0.0.1:0\nlisten-grpc: 4317\n\
                require-tokens: yes\nkeep-days: [30]\nsegments-every: often\nack: disk\n";
    folder.write("milepost.yaml", text.as_bytes());
    let output = milepost_in(&folder, ["up"]);
    insta::assert_snapshot!(told(&output));
    assert!(!folder.path().join("milepost-data").exists());
}

#[test]
fn a_file_that_is_not_there_and_a_registry_that_nobody_names_are_told() {
    let folder = Folder::new("settings-absent");
    insta::assert_snapshot!(told(&milepost_in(&folder, ["up", "--config", "absent.yaml"])));
    insta::assert_snapshot!(told(&milepost_in(&folder, ["up"])));
}

#[test]
fn a_registry_may_have_the_file_in_its_folder() {
    let folder = Folder::new("settings-registry");
    for file in files(Path::new(&example("website")), ".yaml") {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        folder.write(&name, &std::fs::read(&file).expect("it can be read"));
    }
    let before = told(&milepost_in(&folder, ["check", "."]));
    folder.write("milepost.yaml", format!("registry: .\ndata: data\n{PORTS}").as_bytes());
    assert_eq!(told(&milepost_in(&folder, ["check", "."])), before);
    let server = Process::run(command(["up"]).current_dir(folder.path()));
    assert!(server.get("/api/v1/products").contains("\"name\""));
    assert!(server.stop());
    folder.write("milepost.yaml", b"apiVersion: milepost/v1\nkind: Nothing\n");
    assert!(told(&milepost_in(&folder, ["check", "."])).contains("milepost.yaml:2"), "a document is still one");
}
