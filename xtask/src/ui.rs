//! The pages of the server: whether they are built, building them with npm, and their tests. Cargo never does that by itself: a server that is built
//! without pages says so.

use crate::run;
use anyhow::Result;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

/// Where they are.
const UI: &str = "web/ui";
/// What they are built from, beside their folder.
const SCHEMA: &str = "schema/openapi.json";
/// Files and folders there that they are built from.
const SOURCES: [&str; 7] =
    ["index.html", "package.json", "package-lock.json", "public", "src", "tsconfig.json", "vite.config.ts"];
/// Written last, by a build that went well.
const BUILT: &str = "dist/app/index.html.gz";
/// What npm writes once it has installed everything.
const INSTALLED: &str = "node_modules/.package-lock.json";

/// Builds the pages unless they are built from what there is: files that are not touched compile nothing anew. The build fails where the first page
/// is too heavy.
pub(crate) fn build(root: &Path) -> Result<()> {
    install(root)?;
    if is_built(root) {
        return Ok(());
    }
    npm(root, &["run", "--silent", "build"])
}

/// Runs the tests of what pages work out.
pub(crate) fn test(root: &Path) -> Result<()> {
    npm(root, &["run", "--silent", "test"])
}

/// Runs the journeys: a browser, the server at `binary`, and the example product with its users.
pub(crate) fn journeys(root: &Path, binary: &Path, chromium: &Path) -> Result<()> {
    install(root)?;
    let mut command = Command::new("npm");
    command.args(["run", "--silent", "journeys"]).current_dir(root.join(UI));
    command.env("MILEPOST_BINARY", binary).env("MILEPOST_CHROMIUM", chromium);
    run::run(&mut command)
}

fn install(root: &Path) -> Result<()> {
    let ui = root.join(UI);
    let is_current =
        modified(&ui.join(INSTALLED)).is_some_and(|at| Some(at) >= modified(&ui.join("package-lock.json")));
    if is_current {
        return Ok(());
    }
    npm(root, &["ci", "--no-audit", "--no-fund"])
}

fn npm(root: &Path, arguments: &[&str]) -> Result<()> {
    run::run(Command::new("npm").args(arguments).current_dir(root.join(UI)))
}

fn is_built(root: &Path) -> bool {
    let ui = root.join(UI);
    let Some(built) = modified(&ui.join(BUILT)) else { return false };
    let sources = SOURCES.iter().map(|source| ui.join(source)).chain([root.join(SCHEMA)]);
    sources.into_iter().all(|source| newest(&source).is_some_and(|at| at <= built))
}

/// When a file, or anything in a folder, was changed last.
fn newest(path: &Path) -> Option<SystemTime> {
    let mut newest = modified(path)?;
    if path.is_dir() {
        for entry in fs::read_dir(path).ok()? {
            newest = newest.max(self::newest(&entry.ok()?.path())?);
        }
    }
    Some(newest)
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
