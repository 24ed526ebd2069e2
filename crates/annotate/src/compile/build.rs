//! Where each rule is stored, so that few rules have to be looked at for an event.

use super::check::{Check, Source};
use super::{CompiledRule, RuleIndex, Scan, Variant};
use crate::event::LONGEST_METHOD;
use crate::field::{FieldPlan, Slot};
use crate::pattern::{AnyOf, TextPattern};
use crate::routes::{Guard, Routes, Stored};
use crate::rule::{Predicate, Rule, Subject, Test};
use crate::words::{Word, Words};
use hashbrown::HashMap;

/// Most combinations of service and method that a rule is stored under; one with more is checked for them.
const MAX_GUARDS: usize = 16;

pub(super) fn build(rules: &[Rule], plan: &mut FieldPlan, words: &mut Words, routes: &mut Routes) -> RuleIndex {
    let mut builder = Builder {
        plan,
        words,
        routes,
        scans: Vec::new(),
        index: RuleIndex {
            rules: Vec::new(),
            has_route_rules: false,
            by_text: Vec::new(),
            by_agent: Vec::new(),
            by_expression: Vec::new(),
            others: Vec::new(),
        },
    };
    let mut variants: Vec<Variant<'_>> = Variant::of_all(rules).collect();
    // The sort is stable, so file order decides among equals.
    variants.sort_by_key(Variant::rank);
    for variant in &variants {
        builder.add(variant);
    }
    builder.index.by_expression = builder.scans.into_iter().map(ScanParts::ready).collect();
    builder.index
}

struct Builder<'r, 'p> {
    plan: &'p mut FieldPlan,
    words: &'p mut Words,
    routes: &'p mut Routes,
    index: RuleIndex,
    scans: Vec<ScanParts<'r>>,
}

/// The predicates of a rule that its index does not make sure of, with where their values are found.
type Open<'r> = Vec<(Source, &'r Predicate)>;

impl<'r> Builder<'r, '_> {
    fn add(&mut self, variant: &Variant<'r>) {
        let rank = u32::try_from(self.index.rules.len()).expect("a registry has fewer than 2^32 rules");
        let mut open: Open<'r> = variant.others().map(|p| (Source::new(&p.subject, self.plan), p)).collect();
        match variant.path() {
            Some((subject, template)) => {
                let on_path = *subject == Subject::Path;
                self.index.has_route_rules |= !on_path;
                for guard in self.guards(&mut open) {
                    let stored = if on_path { Stored::PathRule(rank) } else { Stored::RouteRule(rank) };
                    self.routes.insert(template, guard, stored, self.words);
                }
            }
            None => self.place(rank, &mut open),
        }
        let mut checks: Vec<Check> = open.into_iter().map(|(source, p)| Check::new(p, source)).collect();
        checks.sort_by_key(Check::cost);
        let Rule { step, class, .. } = *variant.rule;
        self.index.rules.push(CompiledRule { id: variant.id, step, class, checks });
    }

    /// Finds the place of a rule without a path.
    fn place(&mut self, rank: u32, open: &mut Open<'r>) {
        if let [(Source::Slot(Slot::USER_AGENT), Predicate { test: Test::Text(_), .. })] = open[..] {
            self.index.by_agent.push(rank);
        } else if let Some((source, words)) = self.take_anchor(open) {
            let by_text = &mut self.index.by_text;
            let at = by_text.iter().position(|(s, _)| *s == source).unwrap_or(by_text.len());
            if at == by_text.len() {
                by_text.push((source, HashMap::new()));
            }
            for word in words {
                by_text[at].1.entry(word).or_default().push(rank);
            }
        } else if let Some((source, patterns)) = open.iter().find_map(|(source, p)| Some((source, expressions(p)?))) {
            let at = self.scans.iter().position(|scan| scan.source == *source).unwrap_or(self.scans.len());
            if at == self.scans.len() {
                self.scans.push(ScanParts { source: source.clone(), patterns: Vec::new(), ranks: Vec::new() });
            }
            self.scans[at].patterns.extend(patterns);
            self.scans[at].ranks.push(rank);
        } else {
            self.index.others.push(rank);
        }
    }

    /// The services and methods that a rule is for, taken out of `open`.
    fn guards(&mut self, open: &mut Open<'r>) -> Vec<Guard> {
        let services = self.take(open, |s, limit| *s == Source::Slot(Slot::SERVICE) && limit <= MAX_GUARDS);
        let services = services.map_or_else(|| vec![Word::ANY], |(_, words)| words);
        let room = MAX_GUARDS / services.len().max(1);
        let methods = self.take(open, |s, count| *s == Source::Slot(Slot::METHOD) && count <= room);
        let methods = methods.map_or_else(|| vec![Word::ANY], |(_, words)| words);
        let with = |service| methods.iter().map(move |method| Guard { service, method: *method });
        services.into_iter().flat_map(with).collect()
    }

    /// The best source of which a rule asks for exact texts, taken out of `open`, and those texts.
    fn take_anchor(&mut self, open: &mut Open<'r>) -> Option<(Source, Vec<Word>)> {
        // What tells most first; a method tells too little to be worth a look-up.
        let anchors: [fn(&Source) -> bool; 4] = [
            |s| matches!(s, Source::Rpc | Source::Slot(Slot::SPAN_NAME)),
            |s| !matches!(s, Source::Parameter(_) | Source::Slot(Slot::SERVICE | Slot::METHOD)),
            |s| matches!(s, Source::Parameter(_)),
            |s| *s == Source::Slot(Slot::SERVICE),
        ];
        anchors.iter().find_map(|anchor| self.take(open, |source, _| anchor(source)))
    }

    /// Takes the first predicate out of `open` that asks for exact texts of a source that will do, given how many texts; their words, each once.
    fn take(&mut self, open: &mut Open<'r>, will_do: impl Fn(&Source, usize) -> bool) -> Option<(Source, Vec<Word>)> {
        let (at, texts) = open.iter().enumerate().find_map(|(at, (source, p))| {
            let texts = exact(source, &p.test)?;
            will_do(source, texts.len()).then_some((at, texts))
        })?;
        let mut words: Vec<Word> = texts.iter().map(|text| self.words.add(text)).collect();
        words.sort_unstable();
        words.dedup();
        Some((open.remove(at).0, words))
    }
}

/// The texts that alone will do, if there are only such; methods in capitals, as events are looked up.
fn exact(source: &Source, test: &Test) -> Option<Vec<String>> {
    let Test::Text(patterns) = test else { return None };
    let method = |p: &TextPattern| p.literal().filter(|m| m.len() <= LONGEST_METHOD).map(str::to_ascii_uppercase);
    match source {
        Source::Slot(Slot::METHOD) => patterns.iter().map(method).collect(),
        _ if source.ignores_case() => None,
        _ => patterns.iter().map(|p| p.exact().map(str::to_owned)).collect(),
    }
}

/// The patterns of a predicate that has expressions among them.
fn expressions(predicate: &Predicate) -> Option<&[TextPattern]> {
    match &predicate.test {
        Test::Text(patterns) if patterns.iter().any(TextPattern::is_regex) => Some(patterns),
        _ => None,
    }
}

/// A [`Scan`] that still grows.
struct ScanParts<'r> {
    source: Source,
    patterns: Vec<&'r TextPattern>,
    ranks: Vec<u32>,
}

impl ScanParts<'_> {
    fn ready(self) -> Scan {
        let patterns: Vec<TextPattern> = self.patterns.iter().map(|p| self.source.pattern(p)).collect();
        Scan { any: AnyOf::new(&patterns), source: self.source, ranks: self.ranks }
    }
}
