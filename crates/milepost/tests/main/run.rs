//! Running the binary and reading what it says.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a crate lies two folders below").to_owned()
}

/// The registry of an example.
pub(crate) fn example(name: &str) -> String {
    workspace().join("examples").join(name).display().to_string()
}

/// Runs `milepost` in the workspace.
pub(crate) fn milepost<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Output {
    let arguments = arguments.into_iter().map(|a| a.as_ref().to_owned());
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    command.args(arguments).current_dir(workspace()).env("NO_COLOR", "1").env_remove("COLUMNS");
    command.output().expect("the binary runs")
}

/// The report of files under an example's registry, as JSON.
pub(crate) fn report(registry: &str, options: &[&str], files: &[PathBuf]) -> Value {
    let mut arguments =
        vec!["report".to_owned(), "--registry".to_owned(), example(registry), "--format=json".to_owned()];
    arguments.extend(options.iter().map(ToString::to_string));
    arguments.extend(files.iter().map(|f| f.display().to_string()));
    let output = milepost(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// The files of a folder with this ending, by name.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|e| e.expect("it can be read").path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}
