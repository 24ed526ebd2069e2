//! Expressions that users write: parsed, their mistakes put at their places in the file, and the names in them looked up.

use super::Resolver;
use super::reference::Sort;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::slo::Expression;
use crate::source::Place;
use crate::yaml::Style;
use milepost_expr::{Column, Columns, Comparison, Expr, FactColumn, Operator, Predicate, Test};
use milepost_model::Name;
use std::ops::Range;

impl Resolver<'_> {
    pub(super) fn expression(&mut self, written: &Expression, product: &Name, columns: &Columns) -> Option<Expr> {
        match Expr::parse(&written.text, columns) {
            Ok(expr) => {
                self.check_names(&expr, written, product);
                Some(expr)
            }
            Err(errors) => {
                if let Some(diagnostic) = self.hyphens(written, product) {
                    self.found.push(diagnostic);
                    return None;
                }
                for error in errors {
                    // It may be a dimension that is declared where nothing could be read.
                    let name = written.text.get(error.span.clone()).unwrap_or_default().replace('_', "-");
                    if self.unread.may_declare(&name) {
                        continue;
                    }
                    let place = self.place_in(written, &error.span);
                    self.found.push(Diagnostic::new(Code::BadExpression, place, error.message).help(error.help));
                }
                None
            }
        }
    }

    /// What is wrong where a dimension is written with its hyphens, which stand for subtractions elsewhere.
    fn hyphens(&self, written: &Expression, product: &Name) -> Option<Diagnostic> {
        let of = self.products.iter().find(|p| p.name == *product)?;
        let hyphenated = of.dimensions.iter().map(|d| d.name.as_str()).filter(|name| name.contains('-'));
        let (name, at) = hyphenated.filter_map(|name| Some((name, written.text.find(name)?))).next()?;
        let is_in_quotes = written.text[..at].matches('\'').count() % 2 == 1;
        let place = self.place_in(written, &(at..at + name.len()));
        let message = format!("expressions write the hyphens of dimension `{name}` as underscores");
        let diagnostic = Diagnostic::new(Code::BadExpression, place, message);
        (!is_in_quotes).then(|| diagnostic.help(format!("write `{}`", name.replace('-', "_"))))
    }

    /// Reports names that columns are compared with and that nothing in the registry has: such a comparison never holds.
    fn check_names(&mut self, expr: &Expr, written: &Expression, product: &Name) {
        match expr {
            Expr::Constant(_) => {}
            Expr::Predicate(predicate) => self.check_predicate(predicate, written, product),
            Expr::And(operands) | Expr::Or(operands) => {
                operands.iter().for_each(|operand| self.check_names(operand, written, product));
            }
        }
    }

    fn check_predicate(&mut self, predicate: &Predicate, written: &Expression, product: &Name) {
        let Column::Fact(column) = predicate.column() else { return };
        let sort = match column {
            FactColumn::Step => Some(Sort::Step),
            FactColumn::Objective => Some(Sort::Objective),
            FactColumn::Service => Some(Sort::Service),
            FactColumn::Class => None,
            _ => return,
        };
        let (values, is_prefix) = match predicate.test() {
            Test::Text(Comparison::Compare { op: Operator::Equal | Operator::NotEqual, value }) => {
                (std::slice::from_ref(value), false)
            }
            Test::Text(Comparison::In { values, .. }) => (&values[..], false),
            Test::StartsWith { prefix, .. } => (std::slice::from_ref(prefix), true),
            _ => return,
        };
        for value in values {
            let place = |resolver: &Self| resolver.place_of_name(written, column.name(), value, is_prefix);
            match sort {
                None if is_prefix || self.class_ids.contains_key(value) => {}
                None => {
                    let place = place(self);
                    self.unknown_class(value, &place);
                }
                Some(sort) if is_prefix => {
                    if !self.names(sort, product).iter().any(|name| name.starts_with(value)) {
                        let place = place(self);
                        self.unknown_prefix(sort, product, value, &place);
                    }
                }
                Some(sort) if self.is_known(sort, product, value) => {}
                Some(sort) => {
                    let place = place(self);
                    self.unknown(sort, product, value, &place);
                }
            }
        }
    }

    fn place_of_name(&self, written: &Expression, column: &str, name: &str, is_prefix: bool) -> Place {
        let literal = format!("'{}{}'", name.replace('\'', "''"), if is_prefix { "%" } else { "" });
        self.place_in(written, &literal_after(&written.text, column, &literal))
    }

    fn is_known(&self, sort: Sort, product: &Name, value: &str) -> bool {
        let Ok(name) = Name::new(value) else { return false };
        let key = (product.clone(), name);
        match sort {
            Sort::Step => self.steps.contains_key(&key),
            Sort::Objective => self.objectives.contains_key(&key),
            Sort::Service => self.offers.contains_key(&key),
            Sort::Slo => self.slo_names.contains(&key),
        }
    }

    /// The place in the file of a part of an expression; the whole expression where its text is written otherwise than it is read.
    fn place_in(&self, written: &Expression, part: &Range<usize>) -> Place {
        let source = self.sources.text(&written.place);
        let start = written.place.range.start;
        let range = match locate(source, &written.text, written.style, part) {
            Some(range) => start + range.start..start + range.end,
            None => written.place.range.clone(),
        };
        Place { file: written.place.file, range }
    }
}

/// Where a literal stands behind a column, as far as can be told without parsing again.
fn literal_after(text: &str, column: &str, literal: &str) -> Range<usize> {
    let names = ["class", "step", "objective", "service"];
    let nearest_before =
        |at: usize| names.iter().filter_map(|n| Some((text[..at].rfind(n)?, *n))).max().map(|(_, n)| n);
    let mut all = text.match_indices(literal).map(|(at, _)| at);
    let first = all.clone().next();
    let at = all.find(|at| nearest_before(*at) == Some(column)).or(first);
    at.map_or(0..text.len(), |at| at..at + literal.len())
}

/// A character of a text, as it is written in the file.
struct Written {
    character: char,
    range: Range<usize>,
}

/// The part of the source that a part of the text was read from. YAML changes only white space and, in single quotes, doubled quotes, so the
/// other characters tell where.
fn locate(source: &str, text: &str, style: Style, part: &Range<usize>) -> Option<Range<usize>> {
    let written = characters(source, style)?;
    let is_same = written.iter().map(|w| w.character).eq(text.chars().filter(|c| !c.is_whitespace()));
    if !is_same {
        return None;
    }
    let before = |end: usize| text[..end].chars().filter(|c| !c.is_whitespace()).count();
    let (first, end) = (before(part.start), before(part.end));
    match (written.get(first), end.checked_sub(1).and_then(|last| written.get(last))) {
        (Some(start), Some(last)) if end > first => Some(start.range.start..last.range.end),
        (Some(at), _) => Some(at.range.clone()),
        // Beyond the last character: just behind it.
        (None, Some(last)) => Some(last.range.end..last.range.end),
        (None, None) => None,
    }
}

/// The characters of a text as written, without white space; `None` where escapes stand for some of them.
fn characters(source: &str, style: Style) -> Option<Vec<Written>> {
    let inner = match style {
        Style::Plain | Style::Block => 0..source.len(),
        Style::SingleQuoted | Style::DoubleQuoted => 1..source.len().checked_sub(1)?.max(1),
    };
    let content = source.get(inner.clone())?;
    if style == Style::DoubleQuoted && content.contains('\\') {
        return None;
    }
    let mut written = Vec::new();
    let mut rest = content.char_indices().map(|(at, c)| (inner.start + at, c)).peekable();
    while let Some((at, character)) = rest.next() {
        let mut end = at + character.len_utf8();
        if style == Style::SingleQuoted
            && character == '\''
            && let Some((second, _)) = rest.next_if(|(_, next)| *next == '\'')
        {
            end = second + 1;
        }
        if !character.is_whitespace() {
            written.push(Written { character, range: at..end });
        }
    }
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part<'s>(source: &'s str, text: &str, style: Style, part: &str) -> Option<&'s str> {
        let at = text.find(part).unwrap();
        Some(&source[locate(source, text, style, &(at..at + part.len()))?])
    }

    #[test]
    fn a_part_is_found_however_the_text_is_written() {
        let text = "outcome = 'é' AND rool = 'x'";
        assert_eq!(part(text, text, Style::Plain, "rool"), Some("rool"));
        assert_eq!(part("\"outcome = 'é' AND rool = 'x'\"", text, Style::DoubleQuoted, "rool"), Some("rool"));
        let quoted = "'outcome = ''é'' AND rool = ''x'''";
        assert_eq!(part(quoted, text, Style::SingleQuoted, "rool"), Some("rool"));
        assert_eq!(part(quoted, text, Style::SingleQuoted, "'x'"), Some("''x''"));
        let folded = "outcome = 'é'\n    AND\n    rool = 'x'";
        assert_eq!(part(folded, text, Style::Block, "rool"), Some("rool"));
        assert_eq!(part(folded, text, Style::Block, "AND rool"), Some("AND\n    rool"));
    }

    #[test]
    fn the_end_of_a_text_is_just_behind_it_and_escapes_are_not_guessed() {
        assert_eq!(locate("a =", "a =", Style::Plain, &(3..3)), Some(3..3));
        assert_eq!(locate("\"a\\x20=\"", "a =", Style::DoubleQuoted, &(2..3)), None);
        assert_eq!(locate("*alias", "a =", Style::Plain, &(0..1)), None);
        assert_eq!(locate("", "", Style::Plain, &(0..0)), None);
    }

    #[test]
    fn a_literal_is_found_behind_its_own_column() {
        let text = "step = 'x' OR objective = 'x'";
        assert_eq!(literal_after(text, "step", "'x'"), 7..10);
        assert_eq!(literal_after(text, "objective", "'x'"), 26..29);
        assert_eq!(literal_after(text, "class", "'y'"), 0..text.len());
    }
}
