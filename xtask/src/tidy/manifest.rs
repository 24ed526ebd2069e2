//! `Cargo.toml` read line by line, as far as the checks need it and with line numbers.
//!
//! Not a TOML reader: it relies on one `key = value` per line, which is how manifests here are written.

/// A line `key = value`, or the header line of a section (with an empty key).
pub(crate) struct Line<'a> {
    pub(crate) section: &'a str,
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
    /// Counted from 1.
    pub(crate) number: usize,
}

/// A dependency that a manifest declares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency<'a> {
    /// The name of the package, also where the manifest renames it.
    pub(crate) package: &'a str,
    /// Used by tests and benches only.
    pub(crate) dev: bool,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// All lines of a manifest that mean something.
pub(crate) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut section = "";
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split(" #").next().unwrap_or(line).trim();
        let number = index + 1;
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = header.trim_matches(['[', ']']);
            lines.push(Line { section, key: "", value: "", number });
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            lines.push(Line { section, key: key.trim(), value: value.trim(), number });
        }
    }
    lines
}

/// Everything that a manifest depends on: `name.workspace = true`, `name = "1"`, `name = { .. }` and sections
/// `[dependencies.name]`, for all targets.
pub(crate) fn dependencies(text: &str) -> Vec<Dependency<'_>> {
    let lines = lines(text);
    let declared = lines.iter().filter_map(|line| {
        let (kind, own_section) = kind(line.section)?;
        let name = match own_section {
            Some(name) => line.key.is_empty().then_some(name)?,
            None if line.key.is_empty() => return None,
            None => line.key.split('.').next()?,
        };
        let package = renamed(line.value).unwrap_or_else(|| name.trim_matches('"'));
        Some(Dependency { package, dev: kind == "dev-dependencies", line: line.number })
    });
    declared.collect()
}

/// The kind of dependencies that a section holds, and the name of the one it is about, if it is about one.
fn kind(section: &str) -> Option<(&str, Option<&str>)> {
    let start = section.rfind("dependencies")?;
    let start = section[..start].rfind(['.', '\'', '"']).map_or(0, |dot| dot + 1);
    let (kind, name) = section[start..].split_once('.').map_or((&section[start..], None), |(k, n)| (k, Some(n)));
    let own = start == 0 || section.starts_with("target.");
    (own && matches!(kind, "dependencies" | "dev-dependencies" | "build-dependencies")).then_some((kind, name))
}

fn renamed(value: &str) -> Option<&str> {
    let (_, rest) = value.split_once("package = \"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_of_every_form_are_found_with_their_lines() {
        let text = "[package]\nname = \"x\"\n\n[dependencies]\nserde.workspace = true # why\n\
            json = { package = \"serde_json\", version = \"1\", features = [\n  \"std\",\n] }\n# tokio = \"1\"\n\
            [dev-dependencies]\nproptest = \"1\"\n[target.'cfg(unix)'.dependencies]\nlibc = \"0.2\"\n\
            [dependencies.hyper]\nversion = \"1\"\n[features]\ntokio = []\n[workspace.dependencies]\naxum = \"1\"\n";
        let normal = |package, line| Dependency { package, dev: false, line };
        let expected = [
            normal("serde", 5),
            normal("serde_json", 6),
            Dependency { package: "proptest", dev: true, line: 11 },
            normal("libc", 13),
            normal("hyper", 14),
        ];
        assert_eq!(dependencies(text), expected);
    }
}
