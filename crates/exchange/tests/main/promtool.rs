//! Prometheus' own judge of rule files.

use std::path::Path;
use std::process::Command;

/// Runs promtool with a file; what it says when it is not content. `None` where there is no promtool.
pub(crate) fn promtool(arguments: &[&str], file: &Path) -> Option<Result<String, String>> {
    let program = milepost_testkit::program("promtool")?;
    let output = Command::new(program).args(arguments).arg(file).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    Some(if output.status.success() { Ok(said) } else { Err(said) })
}
