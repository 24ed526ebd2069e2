//! Running the binary and reading what it says.

use serde_json::Value;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a crate lies two folders below").to_owned()
}

/// The registry of an example.
pub(crate) fn example(name: &str) -> String {
    workspace().join("examples").join(name).display().to_string()
}

/// The binary in the workspace, told to run plainly.
pub(crate) fn command<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
    command.args(arguments.into_iter().map(|a| a.as_ref().to_owned())).current_dir(workspace());
    command.env("NO_COLOR", "1").env_remove("COLUMNS").stdin(Stdio::null());
    command
}

/// Runs `milepost` in the workspace.
pub(crate) fn milepost<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Output {
    command(arguments).output().expect("the binary runs")
}

/// The same in a folder of the test's own, so that its files go by short names.
pub(crate) fn milepost_in<S: AsRef<str>>(folder: &Folder, arguments: impl IntoIterator<Item = S>) -> Output {
    command(arguments).current_dir(folder.path()).output().expect("the binary runs")
}

/// The same with this on standard input.
pub(crate) fn milepost_reading<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>, input: &[u8]) -> Output {
    let mut command = command(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary runs");
    let mut stdin = child.stdin.take().expect("it is piped");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A command that reads nothing has closed its end.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().expect("it ends")
    })
}

/// The report of files under an example's registry, as JSON, which adds up.
pub(crate) fn report(registry: &str, options: &[&str], files: &[PathBuf]) -> Value {
    let mut arguments =
        vec!["report".to_owned(), "--registry".to_owned(), example(registry), "--format=json".to_owned()];
    arguments.extend(options.iter().map(ToString::to_string));
    arguments.extend(files.iter().map(|f| f.display().to_string()));
    let report = json(&milepost(arguments));
    crate::invariants::assert_adds_up(&report);
    report
}

/// Standard output of a run that went well, as JSON.
pub(crate) fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the output is JSON")
}

/// What a run has told, to be held against a snapshot.
pub(crate) fn told(output: &Output) -> String {
    let text = format!(
        "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string()),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    text.replace(&workspace().display().to_string(), "WORKSPACE")
}

/// The files of a folder with this ending, by name.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there").map(|e| e.expect("it can be read").path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.to_string_lossy().ends_with(ending)).collect();
    files.sort();
    files
}

/// A folder of one test's own, empty at first and gone at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder; the name is that of the test, so that tests do not meet.
    pub(crate) fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it; tells where it is.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("its folder can be made");
        std::fs::write(&path, bytes).expect("the file can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
