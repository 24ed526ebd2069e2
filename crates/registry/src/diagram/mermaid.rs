//! The diagram as a Mermaid flowchart, which GitHub, GitLab and many editors draw in Markdown.

use super::Selection;
use super::plan::{Cell, Lane, Plan, plans};
use super::scene::signs;
use super::text::plain;
use crate::Registry;
use milepost_model::Name;
use std::fmt::Write as _;

/// Writes the selected part of a registry as Mermaid.
pub fn mermaid(registry: &Registry, selection: &Selection) -> String {
    let plans = plans(registry, selection);
    let several = plans.len() > 1;
    let mut out = String::from("flowchart LR\n");
    for (number, plan) in plans.iter().enumerate() {
        // Names of steps are unique in their product only.
        let mut writer = Writer { out: &mut out, prefix: if several { format!("p{number}_") } else { String::new() } };
        let title = plain(&plan.product.title);
        writer.group(1, several, "product", &title, |writer, depth| writer.plan(plan, depth));
    }
    if out.contains(":::optional") {
        out.push_str("  classDef optional stroke-dasharray: 5 4\n");
    }
    out
}

struct Writer<'o> {
    out: &'o mut String,
    /// Begins every id.
    prefix: String,
}

impl Writer<'_> {
    fn plan(&mut self, plan: &Plan<'_>, depth: usize) {
        self.group(depth, !plan.shared.cells.is_empty(), "shared", "Shared steps", |writer, depth| {
            writer.lane(&plan.shared, "shared", depth);
        });
        for (number, lane) in plan.lanes.iter().enumerate() {
            let title =
                lane.objective.map_or_else(|| "In no objective".to_owned(), |objective| plain(&objective.title));
            let id = lane.objective.map_or_else(|| "unused".to_owned(), |o| format!("objective_{}", label(&o.name)));
            let lane_id = format!("lane{number}");
            self.group(depth, true, &id, &title, |writer, depth| writer.lane(lane, &lane_id, depth));
        }
        self.edges(&plan.shared, "shared", plan, depth);
        for (number, lane) in plan.lanes.iter().enumerate() {
            self.edges(lane, &format!("lane{number}"), plan, depth);
        }
    }

    /// A subgraph, or only what is in it.
    fn group(&mut self, depth: usize, is_group: bool, id: &str, title: &str, inside: impl FnOnce(&mut Self, usize)) {
        if !is_group {
            return inside(self, depth);
        }
        let indent = depth * 2;
        let _ = writeln!(self.out, "{:indent$}subgraph {}{id}[\"{}\"]", "", self.prefix, escaped(title));
        inside(self, depth + 1);
        let _ = writeln!(self.out, "{:indent$}end", "");
    }

    fn lane(&mut self, lane: &Lane<'_>, lane_id: &str, depth: usize) {
        let framed: Vec<usize> = lane.cells.iter().flat_map(Cell::members).copied().collect();
        for (at, cell) in lane.cells.iter().enumerate().filter(|(at, _)| !framed.contains(at)) {
            let id = format!("{lane_id}_one_of_{at}");
            match cell {
                Cell::Frame(members) => self.group(depth, true, &id, "one of", |writer, depth| {
                    members.iter().for_each(|member| writer.node(lane, lane_id, *member, depth));
                }),
                _ => self.node(lane, lane_id, at, depth),
            }
        }
    }

    fn node(&mut self, lane: &Lane<'_>, lane_id: &str, cell: usize, depth: usize) {
        let (used, home) = match &lane.cells[cell] {
            Cell::Step(used) => (used, None),
            Cell::Reference(used, home) => (used, Some(home.map_or("the shared steps", |home| &*home.title))),
            Cell::Entry(_) | Cell::Frame(_) => return,
        };
        let mut lines = vec![escaped(&plain(&used.step.title))];
        lines.extend((!signs(used).is_empty()).then(|| escaped(&signs(used).join(", "))));
        lines.extend(home.map(|home| escaped(&format!("see {}", plain(home)))));
        let (left, right) = match (home, used.step.asynchronous) {
            (Some(_), _) => ("[[", "]]"),
            (None, true) => ("([", "])"),
            (None, false) => ("[", "]"),
        };
        let class = if used.optional { ":::optional" } else { "" };
        let (indent, id) = (depth * 2, self.id(lane, lane_id, cell));
        let _ = writeln!(self.out, "{:indent$}{id}{left}\"{}\"{right}{class}", "", lines.join("<br>"));
    }

    fn edges(&mut self, lane: &Lane<'_>, lane_id: &str, plan: &Plan<'_>, depth: usize) {
        let indent = depth * 2;
        for (at, cell) in lane.cells.iter().enumerate() {
            let from = match cell {
                Cell::Entry(trunk) => self.id(&plan.shared, "shared", plan.trunks[*trunk]),
                _ => self.id(lane, lane_id, at),
            };
            let mut to: Vec<String> =
                lane.edges.iter().filter(|(from, _)| *from == at).map(|(_, to)| self.id(lane, lane_id, *to)).collect();
            if let (Cell::Entry(_), true, Some(objective)) = (cell, to.is_empty(), lane.objective) {
                to.push(format!("{}objective_{}", self.prefix, label(&objective.name)));
            }
            if cell.used().is_some_and(|used| used.retried) {
                to.push(from.clone());
            }
            for to in to {
                let _ = writeln!(self.out, "{:indent$}{from} --> {to}", "");
            }
        }
    }

    fn id(&self, lane: &Lane<'_>, lane_id: &str, cell: usize) -> String {
        match &lane.cells[cell] {
            Cell::Step(used) => format!("{}step_{}", self.prefix, label(&used.step.name)),
            Cell::Frame(_) => format!("{}{lane_id}_one_of_{cell}", self.prefix),
            _ => format!("{}{lane_id}_{cell}", self.prefix),
        }
    }
}

/// A name as part of an id: two hyphens would be read as a line.
fn label(name: &Name) -> String {
    name.as_str().replace('-', "_")
}

/// A text between quotes. What could be read as Mermaid, Markdown or HTML is written as the number of its character.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let is_safe =
            !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | '\'' | '(' | ')' | '/' | '?');
        // A hyphen or a full stop can make the beginning of a list, and nothing else.
        let is_inside = matches!(c, '-' | '.') && out.ends_with(|before: char| before.is_alphabetic());
        if is_safe || is_inside {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_holds_nothing_that_means_something_elsewhere() {
        assert_eq!(escaped("Open the user's inbox, now"), "Open the user's inbox, now");
        assert_eq!(escaped("<img src=x>\"];"), "#60;img src#61;x#62;#34;#93;#59;");
        assert_eq!(escaped("1. One - two"), "1#46; One #45; two");
        assert_eq!(escaped("`a` **b** #quot;"), "#96;a#96; #42;#42;b#42;#42; #35;quot#59;");
        assert_eq!(escaped("e-mail."), "e-mail.");
    }
}
