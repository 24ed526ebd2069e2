//! `/products/{product}/slos`: what steps promise, and what was counted of it over the window so far.

mod about;
mod backtest;
pub(super) mod board;
mod budget;
mod item;
mod listing;
mod open;
mod own;

pub(super) use backtest::{BacktestBody, backtest};
pub(super) use budget::{BudgetBody, budget};
pub(super) use item::SloItem;
pub(super) use listing::Listing;

use super::ask::{AsOf, Ask};
use super::live::silence;
use super::problem::Problem;
use super::reply::Reply;
use super::span::Span;
use crate::counts::SeriesKey;
use crate::evaluate::{Board, Standing};
use crate::prometheus::OpenJudged;
use about::About;
use item::TABLE;
use listing::Entry;
use milepost_model::Minute;
use milepost_registry::{Promised, Registry};
use milepost_slo::{Maintenance, Slo};

pub(super) fn list(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let (page, next) = page(ask)?;
    let (as_of, items) = items(ask, &page);
    ask.page(as_of, (items, next), TABLE)
}

pub(super) fn one(ask: &Ask<'_>) -> Result<Reply, Problem> {
    let (as_of, mut items) = items(ask, &[wanted(ask)?]);
    ask.object(as_of, items.remove(0), TABLE)
}

/// An SLO with its place in the registry.
pub(super) enum Listed<'r> {
    Own(usize, &'r Slo),
    Open(usize, Box<OpenJudged<'r>>),
}

impl Listed<'_> {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Own(_, slo) => slo.name.as_str(),
            Self::Open(_, judged) => &judged.name,
        }
    }

    /// What it is counted in; nothing where nobody counts.
    pub(super) fn series(&self, ask: &Ask<'_>) -> Option<SeriesKey> {
        self.about(ask.registry()).map(|about| about.series)
    }

    /// The maintenances that are about it.
    pub(super) fn maintenances<'a>(&'a self, ask: &'a Ask<'_>) -> Vec<&'a Maintenance> {
        let of = match self {
            Self::Own(_, slo) => Some(Promised::from(*slo)),
            Self::Open(_, judged) => Promised::of_open(judged.slo),
        };
        of.into_iter().flat_map(|of| ask.registry().maintenances_of(of)).collect()
    }

    fn about<'a>(&'a self, registry: &'a Registry) -> Option<About<'a>> {
        match self {
            Self::Own(_, slo) => Some(About::own(registry, slo)),
            Self::Open(_, judged) => About::open(registry, judged),
        }
    }

    /// What is known of it under the version of the registry that is told of.
    fn standing<'b>(&self, ask: &Ask<'_>, board: &'b Board) -> Option<&'b Standing> {
        if board.at.is_none() || board.version != ask.version.number {
            return None;
        }
        let (standings, place) = match self {
            Self::Own(place, _) => (&board.standings, place),
            Self::Open(place, _) => (&board.open, place),
        };
        standings.get(*place)?.as_ref()
    }

    /// How it is, and why it is not good.
    fn state(
        &self,
        ask: &Ask<'_>,
        standing: Option<&Standing>,
        silence: Option<&str>,
    ) -> (&'static str, Option<String>) {
        match self {
            Self::Own(_, slo) => own::state(slo, standing, silence),
            Self::Open(_, judged) => open::state(ask, judged, standing),
        }
    }
}

/// The SLOs of the page that is asked for, and where the next begins.
fn page<'r>(ask: &'r Ask<'_>) -> Result<(Vec<Listed<'r>>, Option<String>), Problem> {
    let product = &ask.product()?.name;
    let paging = ask.paging()?;
    let listing = ask.index.slos(&ask.version);
    let (page, next) = paging.of_sorted(listing.of(product), Entry::key);
    Ok((page.iter().filter_map(|entry| entry.listed(ask)).collect(), next))
}

/// The one that is asked for.
pub(super) fn wanted<'r>(ask: &'r Ask<'_>) -> Result<Listed<'r>, Problem> {
    let wanted = ask.wanted_slo();
    let listing = ask.index.slos(&ask.version);
    let all = listing.of(&ask.product()?.name);
    let found = listing::find(all, wanted).and_then(|entry| entry.listed(ask));
    found.ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(Entry::name).collect();
        Problem::unknown("SLO", wanted, &known)
    })
}

fn items(ask: &Ask<'_>, slos: &[Listed<'_>]) -> (AsOf, Vec<SloItem>) {
    // Nothing but the board: who tells of many SLOs does not wait for who counts.
    let board = ask.shared.board();
    let silence = board.at.and_then(|_| silence(ask.shared, board.heard, ask.now));
    let item = |listed: &Listed<'_>| {
        let about = listed.about(ask.registry())?;
        let standing = listed.standing(ask, &board);
        let window = window(&about, standing.map_or(ask.now.minute(), |standing| standing.last));
        if let Some(window) = window {
            ask.note_counted(window);
        }
        let state = listed.state(ask, standing, silence.as_deref());
        Some(SloItem::new((ask.registry(), &about), standing, window, state))
    };
    let items = slos.iter().filter_map(item).collect();
    (AsOf { lsn: board.lsn, span: None }, items)
}

/// The minutes of its window that ends with a minute; `None` of calendars that there are not.
fn window(about: &About<'_>, last: Minute) -> Option<Span> {
    let (window, counting) = about.counted.as_ref()?;
    let period = window.period(counting, last);
    Some(Span { from: period.start, to: period.end })
}
