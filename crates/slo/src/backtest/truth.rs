//! Alerts against what was truly wrong: how late each came, what none told of, and what was told for nothing.

use super::{Episode, Replayed};
use crate::{Period, Urgency, minutes_of};

/// What alerts told of a stretch in which something was truly wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detection {
    /// The stretch.
    pub truth: Period,
    /// The first page.
    pub page: Option<Found>,
    /// The first ticket.
    pub ticket: Option<Found>,
}

/// An episode that tells of a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The episode, by its place in what was replayed.
    pub episode: usize,
    /// How many minutes after the stretch began somebody was told; below 0 where that was before.
    pub late_minutes: i64,
}

/// All stretches, and the episodes that belong to none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// By stretch.
    pub detections: Vec<Detection>,
    /// Episodes that were told and belong to none, by their place.
    pub needless: Vec<usize>,
}

impl Judged {
    /// Compares what was replayed with stretches in which something was truly wrong.
    ///
    /// An episode belongs to each stretch in which it goes on, or after which it begins while the short window of its first tier still reaches back into
    /// it. One that belongs to none was told for nothing.
    pub fn of(replayed: &Replayed, truths: &[Period]) -> Self {
        let told = || replayed.episodes.iter().enumerate().filter(|(_, episode)| episode.told.is_some());
        let first = |truth: Period, urgency: Urgency| {
            let of = told().filter(|(_, episode)| episode.urgency == urgency && belongs(replayed, episode, truth));
            let found = of.filter_map(|(at, episode)| {
                let late_minutes = episode.told?.number() - truth.start.number();
                Some(Found { episode: at, late_minutes })
            });
            found.min_by_key(|found| found.late_minutes)
        };
        let detection = |truth: &Period| Detection {
            truth: *truth,
            page: first(*truth, Urgency::Page),
            ticket: first(*truth, Urgency::Ticket),
        };
        let is_needless = |episode: &Episode| !truths.iter().any(|truth| belongs(replayed, episode, *truth));
        let needless = told().filter(|(_, episode)| is_needless(episode)).map(|(at, _)| at).collect();
        Self { detections: truths.iter().map(detection).collect(), needless }
    }
}

fn belongs(replayed: &Replayed, episode: &Episode, truth: Period) -> bool {
    let first = episode.tiers.first().and_then(|tier| replayed.tiers.get(*tier));
    let short = first.map_or(0, |tier| i64::try_from(minutes_of(tier.short)).unwrap_or(i64::MAX / 2));
    let ends_after = episode.to.is_none_or(|to| to > truth.start);
    episode.from.number() < truth.end.number().saturating_add(short) && ends_after
}
