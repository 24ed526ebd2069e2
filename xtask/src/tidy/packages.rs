//! Every crate takes version, edition, licence and lints from the workspace, and is named after its folder.

use super::{Finding, manifest};
use crate::checkout::Checkout;

/// Section and key of what each manifest must set to `true`.
const FROM_WORKSPACE: [(&str, &str); 6] = [
    ("package", "version.workspace"),
    ("package", "edition.workspace"),
    ("package", "rust-version.workspace"),
    ("package", "license.workspace"),
    ("package", "publish.workspace"),
    ("lints", "workspace"),
];

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, file) in checkout.members() {
        let lines = manifest::lines(&file.text);
        for (section, key) in FROM_WORKSPACE {
            if !lines.iter().any(|line| line.section == section && line.key == key && line.value == "true") {
                let message = format!("[{section}] lacks `{key} = true`");
                findings.push(Finding::new(&file.path, 0, message));
            }
        }
        let package = if matches!(name, "milepost" | "xtask") { name.to_owned() } else { format!("milepost-{name}") };
        let named = lines.iter().find(|line| line.section == "package" && line.key == "name");
        if named.is_none_or(|line| line.value.trim_matches('"') != package) {
            let line = named.map_or(0, |line| line.number);
            findings.push(Finding::new(&file.path, line, format!("the package must be named `{package}`")));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    const COMPLETE: &str = "[package]\nname = \"milepost-slo\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true\n\n[lints]\nworkspace = true\n";

    #[test]
    fn a_crate_that_follows_the_workspace_passes() {
        assert_eq!(check(&Checkout::of(&[("crates/slo/Cargo.toml", COMPLETE)])), []);
    }

    #[test]
    fn what_a_crate_does_not_take_from_the_workspace_is_named() {
        let text = COMPLETE.replace("license.workspace = true", "license = \"MIT\"").replace("[lints]", "[other]");
        let findings = check(&Checkout::of(&[("crates/flow/Cargo.toml", &text)]));
        assert_eq!(
            lines(&findings),
            [
                "crates/flow/Cargo.toml: [package] lacks `license.workspace = true`",
                "crates/flow/Cargo.toml: [lints] lacks `workspace = true`",
                "crates/flow/Cargo.toml:2: the package must be named `milepost-flow`",
            ]
        );
    }
}
