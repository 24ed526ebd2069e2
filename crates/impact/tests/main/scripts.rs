//! The scripts of this crate: each is a file of `tests/scripts`, with its arithmetic in comments.

use super::script;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn check(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.test"))).expect("a script");
    let (checks, failures) = script::run(&text);
    assert!(failures.is_empty(), "{name}.test:\n{}", failures.join("\n"));
    assert!(checks > 0, "{name}.test expects nothing");
}

macro_rules! scripts {
    ($($name:ident),*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*

        #[test]
        fn every_script_is_run() {
            let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
            let mut names: Vec<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
            names.sort();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

scripts!(criticality, default_policy, hysteresis, kpi, missing, table_2);

#[test]
fn a_script_says_what_is_not_as_expected() {
    let script = "step send-mail core\nrule major > 20% of tags core\nfor 60s\n    send-mail 1000 failed 500\nexpect send-mail none\n";
    assert_eq!(script::run(script), (1, vec!["line 5: send-mail is major, not none".to_owned()]));
    let (_, failures) = script::run("step send-mail\nfor 60s\n    send-mail 10 failed\n");
    assert_eq!(failures, ["line 3: `failed` needs a number"]);
}
