//! Replays against a recomputation from all that had come in by each minute.

use super::*;
use crate::{
    AlertForm, AlertTier, Alerts, Budgeting, Burn, Counts, ErrorBudget, IndicatorIndex, Period, SliType, Subject,
    Terms, Total, Urgency, Window, minutes_of,
};
use milepost_model::{DurationNs, Minute, Share};
use proptest::prelude::*;

const SLO: IndicatorIndex = IndicatorIndex(0);

fn minute(number: i64) -> Minute {
    Minute::new(number)
}

fn arrival(at: i64, late: i64, valid: u64, bad: u64) -> Arrival {
    let counts = Counts { valid, good: valid - bad };
    Arrival { indicator: SLO, minute: minute(at), counts, received: minute(at + late) }
}

fn tier(urgency: Urgency, percent: u16, long: u64, short: u64) -> AlertTier {
    let minutes = |minutes: u64| DurationNs::from_seconds(minutes * 60);
    AlertTier {
        urgency,
        share: Share::from_percent(percent),
        long: minutes(long),
        short: minutes(short),
        after: minutes(0),
    }
}

fn terms(target: &str, window: &str, tiers: Vec<AlertTier>) -> Terms {
    Terms {
        target: target.parse().unwrap(),
        window: Window::Rolling(window.parse().unwrap()),
        sli: SliType::Availability,
        budgeting: Budgeting::Occurrences,
        alerts: Alerts { form: AlertForm::Share, tiers },
    }
}

fn column(terms: &Terms) -> Column {
    Column::new(Subject::new(terms, SLO, minute(0)).unwrap())
}

fn replay(history: &History, past: Past, column: &Column) -> Replayed {
    let replay = Replay { history, period: history.period().unwrap(), past };
    replay.run(std::slice::from_ref(column)).remove(0)
}

/// 28 days of 100 attempts a minute, then ten failures of them in 45 minutes, and an hour after it.
fn incident(late: i64) -> History {
    let quiet = (-40_320..0).map(|at| arrival(at, 0, 100, 0));
    let burn = (0..45).map(move |at| arrival(at, late, 100, 10));
    History::new(quiet.chain(burn).chain((45..105).map(|at| arrival(at, 0, 100, 0))), [])
}

fn pages() -> Vec<AlertTier> {
    AlertTier::DEFAULT.map(|(_, tier)| tier).into()
}

#[test]
fn a_replay_pages_when_the_script_of_the_documentation_does() {
    let history = incident(0);
    let replayed = replay(&history, Past::None, &column(&terms("99.9%", "28d", pages())));
    let [page, ticket] = &replayed.episodes[..] else { panic!("{:?}", replayed.episodes) };
    // 2 % of 4,032 are spent by the ninth minute. The slower page asks for 16.8 in its half hour, which minutes 43 and 44 are until 72.
    assert_eq!((page.urgency, page.from, page.told), (Urgency::Page, minute(8), Some(minute(8))));
    assert_eq!((page.onset, page.delay_minutes()), (minute(0), Some(8)));
    assert_eq!((page.tiers.clone(), page.to), (vec![0, 1], Some(minute(73))));
    assert_eq!((ticket.urgency, ticket.told), (Urgency::Ticket, Some(minute(73))));
    assert_eq!(replayed.counts, Counts { valid: 4_042_500, good: 4_042_050 });
    assert_eq!(replayed.worst.unwrap().at, minute(44));
}

#[test]
fn what_comes_in_late_pages_late() {
    let history = incident(3);
    let replayed = replay(&history, Past::None, &column(&terms("99.9%", "28d", pages())));
    assert_eq!(replayed.episodes[0].told, Some(minute(11)));
    assert_eq!(replayed.episodes[0].onset, minute(0));
}

#[test]
fn a_short_history_is_judged_by_a_quiet_past_of_its_own_traffic_where_that_is_asked_for() {
    let burn = (0..45).map(|at| arrival(at, 0, 100, 10));
    let history = History::new(burn.chain((45..105).map(|at| arrival(at, 0, 100, 0))), []);
    let column = column(&terms("99.9%", "28d", pages()));
    // Alone the first minute pages: 100 attempts are taken for those of a day.
    assert_eq!(replay(&history, Past::None, &column).episodes[0].told, Some(minute(0)));
    assert_eq!(replay(&history, Past::Quiet, &column).episodes[0].told, Some(minute(8)));
}

#[test]
fn a_silent_source_freezes_what_fires() {
    let quiet = (-2_000..0).map(|at| arrival(at, 0, 100, 0));
    let burn = (0..10).map(|at| arrival(at, 0, 100, 50));
    let back = (30..60).map(|at| arrival(at, 0, 100, 0));
    let history = History::new(quiet.chain(burn).chain(back), []);
    let replayed = replay(&history, Past::None, &column(&terms("99.9%", "1d", vec![tier(Urgency::Page, 2, 60, 5)])));
    // Heard last at the end of 9, silent from 13 on, back with 30.
    assert_eq!((replayed.frozen_minutes, replayed.episodes[0].to), (17, Some(minute(30))));
    let heard = (10..30).map(minute);
    let history = History::new(history.arrivals().iter().copied(), heard);
    let replayed = replay(&history, Past::None, &column(&terms("99.9%", "1d", vec![tier(Urgency::Page, 2, 60, 5)])));
    assert_eq!((replayed.frozen_minutes, replayed.episodes[0].to), (0, Some(minute(14))));
}

#[test]
fn alerts_are_early_late_missing_or_needless_against_what_was_wrong() {
    let history = incident(0);
    let replayed = replay(&history, Past::None, &column(&terms("99.9%", "28d", vec![tier(Urgency::Page, 2, 60, 5)])));
    let truth = |from, to| Period::new(minute(from), minute(to));
    let judged = Judged::of(&replayed, &[truth(-3, 45), truth(20, 30), truth(-600, -590)]);
    let late = judged.detections.iter().map(|found| found.page.map(|page| page.late_minutes));
    assert_eq!(late.collect::<Vec<_>>(), [Some(11), Some(-12), None]);
    assert_eq!(judged.needless, Vec::<usize>::new());
    assert_eq!(Judged::of(&replayed, &[truth(-600, -590)]).needless, [0]);
    // The page of minute 8 still has in its five minutes what ended with minute 4.
    assert!(Judged::of(&replayed, &[truth(0, 5)]).needless.is_empty());
}

/// The tiers that are over in a minute, from all arrivals.
fn over(arrivals: &[Arrival], terms: &Terms, now: Minute, since: Minute) -> Vec<usize> {
    let sum = |minutes: u64| {
        let period = Period::trailing(minutes, now);
        let known = arrivals.iter().filter(|a| a.received <= now && period.contains(a.minute));
        known.fold(Counts::default(), |mut sum, arrival| {
            sum.add(arrival.counts);
            sum
        })
    };
    let window = minutes_of(terms.window.shortest());
    let history = u64::try_from(now.number() - since.number() + 1).unwrap();
    let total = Total::trailing(sum(window).valid, window, history);
    let is_over = |tier: &AlertTier| {
        let of = |length| (sum(minutes_of(length)), minutes_of(length));
        let burn = Burn { long: of(tier.long), short: of(tier.short), total, period: terms.window.shortest() };
        tier.is_over(terms.alerts.form, terms.target, &burn)
    };
    let tiers = terms.alerts.tiers.iter().enumerate();
    tiers.filter(|(_, tier)| is_over(tier)).map(|(at, _)| at).collect()
}

proptest! {
    #[test]
    fn a_replay_is_what_all_that_was_known_by_each_minute_gives(
        recorded in proptest::collection::vec((0i64..120, 0i64..20, 1u64..20, 0u64..20), 1..60),
        long in 2u64..30, share in 1u16..30, rate in any::<bool>()
    ) {
        let arrivals: Vec<Arrival> = recorded.iter().map(|(at, late, valid, bad)| arrival(*at, *late, *valid, *bad.min(valid))).collect();
        let mut terms = terms("90%", "1h", vec![tier(Urgency::Page, share, long, 2), tier(Urgency::Ticket, share, long * 2, 4)]);
        terms.alerts.form = if rate { AlertForm::Rate } else { AlertForm::Share };
        // Something is heard all the time, so that nothing freezes.
        let history = History::new(arrivals.iter().copied(), (0..150).map(minute));
        let all = history.period().unwrap();
        let replayed = replay(&history, Past::None, &column(&terms));
        for now in all.iter() {
            let expected = over(&arrivals, &terms, now, all.start);
            for (at, urgency) in Urgency::ALL.into_iter().enumerate() {
                let goes_on = |episode: &&Episode| episode.urgency == urgency && episode.from <= now && episode.to.is_none_or(|to| now < to);
                let found = replayed.episodes.iter().filter(goes_on).count();
                prop_assert_eq!(found, usize::from(expected.contains(&at)), "{:?} in {}", urgency, now.number());
            }
        }
        let window = minutes_of(terms.window.shortest());
        let known = arrivals.iter().filter(|a| Period::trailing(window, minute(all.end.number() - 1)).contains(a.minute));
        let mut sum = Counts::default();
        known.for_each(|arrival| sum.add(arrival.counts));
        let total = Total::trailing(sum.valid, window, all.minutes());
        prop_assert_eq!(replayed.end, ErrorBudget { target: terms.target, counts: sum, total });
    }
}
