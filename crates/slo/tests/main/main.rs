//! The scripts of this crate's maths: each is a file of `tests/scripts`, with its arithmetic in comments.

use milepost_slo::script::{Report, run};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn check(name: &str) {
    let text = std::fs::read_to_string(folder().join(format!("{name}.test"))).expect("a script");
    let Report { checks, failures } = run(&text, |_| None);
    let told: Vec<String> = failures.iter().map(|failure| format!("{name}.test:{failure:?}")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
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

scripts!(alerts, budget, corrections, quality, slices, windows, year);
