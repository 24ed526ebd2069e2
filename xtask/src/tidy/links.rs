//! Relative links in Markdown lead to something. Other hosts are not asked.

use super::{Finding, markdown};
use crate::checkout::Checkout;

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in checkout.files().iter().filter(|file| file.path.ends_with(".md")) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, line) in markdown::prose(&file.text) {
            for target in targets(&markdown::without_code(line)) {
                let path = target.split('#').next().unwrap_or(target);
                if target.contains("://") || target.starts_with("mailto:") || path.is_empty() {
                    continue;
                }
                if !resolve(folder, path).is_some_and(|path| path.is_empty() || checkout.has(&path)) {
                    findings.push(Finding::new(&file.path, number, format!("the link to `{target}` leads nowhere")));
                }
            }
        }
    }
    findings
}

/// Where the links of a line lead: `[text](target "title")` and `[name]: target`.
fn targets(line: &str) -> Vec<&str> {
    let mut targets = Vec::new();
    for (at, mark) in line.match_indices("](") {
        let rest = &line[at + mark.len()..];
        targets.push(rest.split(')').next().unwrap_or(rest));
    }
    if let Some((_, target)) = line.trim_start().strip_prefix('[').and_then(|line| line.split_once("]: ")) {
        targets.push(target);
    }
    let bare = targets.into_iter().filter_map(|target| target.split_whitespace().next());
    bare.map(|target| target.trim_matches(['<', '>'])).collect()
}

/// The path from the root, or nothing when it leaves the checkout.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let (base, target) = target.strip_prefix('/').map_or((folder, target), |target| ("", target));
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    #[test]
    fn only_links_that_lead_nowhere_are_found() {
        let text = "[a](b.md) [`c`](../README.md#top) [d](https://example.com/x) [e](#here) [f](/docs)\n\
            `[g](code.md)` [h](b.md \"title\") [i](gone.md) and [j](../../outside.md)\n\
            ```\n[k](example.md)\n```\n[l]: sub/\n[m]: <lost.md>\n";
        let checkout =
            Checkout::of(&[("README.md", ""), ("docs/a.md", text), ("docs/b.md", ""), ("docs/sub/c.txt", "")]);
        assert_eq!(
            lines(&check(&checkout)),
            [
                "docs/a.md:2: the link to `gone.md` leads nowhere",
                "docs/a.md:2: the link to `../../outside.md` leads nowhere",
                "docs/a.md:7: the link to `lost.md` leads nowhere",
            ]
        );
    }
}
