//! Burn alerts: tiers of how fast an error budget is spent, and which of them can ever fire.
//!
//! A tier looks at a long and a short window, and fires when both are over. What it compares is in `condition`, what follows in `state`; here is what
//! an SLO declares.

mod condition;
mod state;

pub use condition::Burn;
pub use state::{AlertChange, AlertState, Phase, TierState};

use crate::{Slo, Window};
use milepost_model::{DurationNs, Share, Target};
use std::fmt;

/// What an alert does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// Somebody is woken.
    Page,
    /// Somebody looks at it in the next days.
    Ticket,
}

impl Urgency {
    /// Both, the more urgent first.
    pub const ALL: [Self; 2] = [Self::Page, Self::Ticket];

    /// The name in registry files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

/// How a tier compares what is bad with the budget.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertForm {
    /// With a share of the whole period's budget, so that one error at night pages nobody.
    #[default]
    Share,
    /// With the rate at which the budget would be spent, whatever the traffic.
    Rate,
}

impl AlertForm {
    /// Both forms, the default first.
    pub const ALL: [Self; 2] = [Self::Share, Self::Rate];

    /// The name in registry files and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Rate => "rate",
        }
    }
}

/// One tier: fires when `share` of the budget is spent within `long`, and it goes on within `short`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AlertTier {
    /// What it does.
    pub urgency: Urgency,
    /// The share of the error budget.
    pub share: Share,
    /// The window in which that much is spent.
    pub long: DurationNs,
    /// The window that says whether it goes on.
    pub short: DurationNs,
    /// How long it must be over until it fires; nothing where it fires at once.
    pub after: DurationNs,
}

/// The burn alerts of an SLO.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Alerts {
    /// How its tiers compare.
    pub form: AlertForm,
    /// The tiers, most urgent first as a rule; none for an SLO that only reports.
    pub tiers: Vec<AlertTier>,
}

/// Why a tier never fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NeverFires {
    /// It waits for more than the whole budget.
    MoreThanTheBudget,
    /// Even when all is bad, the budget is not spent that fast.
    FasterThanAllBad,
}

const fn minutes(minutes: u64) -> DurationNs {
    DurationNs::from_seconds(minutes * 60)
}

const fn tier(urgency: Urgency, percent: u16, long: u64, short: u64) -> AlertTier {
    AlertTier {
        urgency,
        share: Share::from_percent(percent),
        long: minutes(long),
        short: minutes(short),
        after: minutes(0),
    }
}

impl AlertTier {
    /// The tiers that an SLO has when it says nothing (*SRE Workbook*, chapter 5), by name.
    pub const DEFAULT: [(&str, Self); 4] = [
        ("page-1h", tier(Urgency::Page, 2, 60, 5)),
        ("page-6h", tier(Urgency::Page, 5, 360, 30)),
        ("ticket-1d", tier(Urgency::Ticket, 10, 1_440, 120)),
        ("ticket-3d", tier(Urgency::Ticket, 10, 4_320, 360)),
    ];

    /// What it is called: its urgency and its long window, such as `page-1h`.
    pub fn name(self) -> String {
        format!("{}-{}", self.urgency.as_str(), self.long)
    }

    /// Whether a firing tier makes another's news needless: a page those of tickets, a faster tier those of slower ones of its urgency.
    pub fn inhibits(self, other: Self) -> bool {
        match self.urgency == other.urgency {
            true => self.long < other.long,
            false => self.urgency == Urgency::Page,
        }
    }

    /// The burn rate at which the tier fires while traffic is the same all the time, as numerator and denominator: `share x period / long`,
    /// in rate form 1 at least. The share form fires at it, the rate form above it.
    pub fn burn_rate(self, form: AlertForm, period: DurationNs) -> (u128, u128) {
        match form {
            AlertForm::Rate => self.factor(period),
            AlertForm::Share => {
                let share = u128::from(self.share.nanos()) * u128::from(period.nanos());
                (share, u128::from(Share::WHOLE.nanos()) * u128::from(self.long.nanos()))
            }
        }
    }

    /// Whether, at traffic that is the same all the time, not even a total outage spends what the tier waits for.
    pub fn is_beyond_outage(self, form: AlertForm, target: Target, period: DurationNs) -> bool {
        let (rate, whole) = self.burn_rate(form, period);
        let needed = rate.saturating_mul(u128::from(target.allowed_bad_nanos()));
        let all = whole.saturating_mul(u128::from(Target::ONE));
        if form == AlertForm::Rate { needed >= all } else { needed > all }
    }

    /// Whether the rate form takes a burn rate of 1 in place of the slower one that the tier's share means.
    pub fn is_floored(self, form: AlertForm, period: DurationNs) -> bool {
        form == AlertForm::Rate && self.burn_rate(AlertForm::Rate, period) != self.burn_rate(AlertForm::Share, period)
    }

    /// The factor of the rate form over a period, `max(1, share x period / long)`, as numerator and denominator.
    pub fn factor(self, period: DurationNs) -> (u128, u128) {
        let whole = u128::from(Share::WHOLE.nanos()) * u128::from(self.long.nanos());
        let share = u128::from(self.share.nanos()) * u128::from(period.nanos());
        (share.max(whole), whole)
    }

    /// Why the tier never fires under a target over a period; decided in integers.
    pub fn never_fires(self, form: AlertForm, target: Target, period: DurationNs) -> Option<NeverFires> {
        if self.share > Share::WHOLE {
            return Some(NeverFires::MoreThanTheBudget);
        }
        let (factor, whole) = self.factor(period);
        let most = factor * u128::from(target.allowed_bad_nanos()) >= whole * u128::from(Target::ONE);
        (form == AlertForm::Rate && most).then_some(NeverFires::FasterThanAllBad)
    }
}

impl Alerts {
    /// The default tiers, without those that look at less time than a source needs to settle, or at more than the window.
    pub fn default_for(settling: DurationNs, window: &Window) -> Self {
        let tiers = AlertTier::DEFAULT.iter().map(|(_, tier)| *tier);
        let fitting = tiers.filter(|tier| tier.short >= settling && tier.long <= window.shortest());
        Self { form: AlertForm::default(), tiers: fitting.collect() }
    }
}

impl Window {
    /// Its length; of a calendar period the shortest that it can have.
    pub fn shortest(&self) -> DurationNs {
        use crate::CalendarUnit::{Day, Month, Quarter, Week, Year};
        let days = match self {
            Self::Rolling(duration) => return *duration,
            Self::Calendar(Day, _) => 1,
            Self::Calendar(Week, _) => 7,
            Self::Calendar(Month, _) => 28,
            Self::Calendar(Quarter, _) => 90,
            Self::Calendar(Year, _) => 365,
        };
        DurationNs::from_seconds(days * 86_400)
    }
}

impl Slo {
    /// The tiers that can never fire, with the reason.
    pub fn idle_tiers(&self) -> impl Iterator<Item = (AlertTier, NeverFires)> {
        let (form, target, period) = (self.alerts.form, self.target, self.window.shortest());
        self.alerts.tiers.iter().filter_map(move |tier| Some((*tier, tier.never_fires(form, target, period)?)))
    }
}

impl fmt::Display for AlertTier {
    /// `page at 2% within 1h, 5m`, with `, after 5m` where it waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {} within {}, {}", self.urgency.as_str(), self.share, self.long, self.short)?;
        match self.after.nanos() {
            0 => Ok(()),
            _ => write!(f, ", after {}", self.after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: u64 = 86_400;

    fn factor(tier: AlertTier, days: u64) -> String {
        let (above, below) = tier.factor(DurationNs::from_seconds(days * DAY));
        // Two decimals are exact for the default tiers.
        assert_eq!(above * 100 % below, 0);
        format!("{}.{:02}", above / below, above * 100 / below % 100)
    }

    #[test]
    fn tiers_are_called_by_urgency_and_long_window() {
        for (name, tier) in AlertTier::DEFAULT {
            assert_eq!(tier.name(), name);
        }
    }

    #[test]
    fn pages_inhibit_tickets_and_faster_tiers_slower_ones_of_their_urgency() {
        let tiers = AlertTier::DEFAULT.map(|(_, tier)| tier);
        let inhibited = |by: usize| (0..4).filter(|other| tiers[by].inhibits(tiers[*other])).collect::<Vec<_>>();
        assert_eq!([0, 1, 2, 3].map(inhibited), [vec![1, 2, 3], vec![2, 3], vec![3], vec![]]);
    }

    #[test]
    fn the_factors_are_those_of_the_workbook() {
        let of = |days| AlertTier::DEFAULT.map(|(_, tier)| factor(tier, days));
        assert_eq!(of(30), ["14.40", "6.00", "3.00", "1.00"]);
        assert_eq!(of(28), ["13.44", "5.60", "2.80", "1.00"]);
    }

    #[test]
    fn default_tiers_wait_until_their_source_has_settled_and_fit_the_window() {
        let count = |minutes, days| {
            let window = Window::Rolling(DurationNs::from_seconds(days * DAY));
            Alerts::default_for(super::minutes(minutes), &window).tiers.len()
        };
        assert_eq!([count(1, 28), count(5, 28), count(6, 28), count(60, 28), count(600, 28)], [4, 4, 3, 2, 0]);
        assert_eq!([count(1, 3), count(1, 1)], [4, 3]);
    }

    #[test]
    fn a_tier_that_waits_for_more_than_can_happen_never_fires() {
        let first = AlertTier::DEFAULT[0].1;
        let period = DurationNs::from_seconds(28 * DAY);
        let of = |form, target: &str| first.never_fires(form, target.parse().unwrap(), period);
        // 13.44 x 7.44 % is just under all, 13.44 x 7.45 % just over.
        assert_eq!(of(AlertForm::Rate, "92.56%"), None);
        assert_eq!(of(AlertForm::Rate, "92.55%"), Some(NeverFires::FasterThanAllBad));
        assert_eq!(of(AlertForm::Share, "50%"), None);
        let more = AlertTier { share: "100.1%".parse().unwrap(), ..first };
        let target = "99%".parse().unwrap();
        assert_eq!(more.never_fires(AlertForm::Share, target, period), Some(NeverFires::MoreThanTheBudget));
    }

    #[test]
    fn only_the_rate_form_has_a_least_burn_rate() {
        // 10 % x 28 d / 3 d = 14/15, below 1.
        let (tier, period) = (AlertTier::DEFAULT[3].1, DurationNs::from_seconds(28 * DAY));
        let is = |form, (above, below): (u128, u128)| {
            let (rate, whole) = tier.burn_rate(form, period);
            rate * below == above * whole
        };
        assert!(is(AlertForm::Share, (14, 15)) && is(AlertForm::Rate, (1, 1)));
        assert!(tier.is_floored(AlertForm::Rate, period) && !tier.is_floored(AlertForm::Share, period));
        assert!(!AlertTier::DEFAULT[2].1.is_floored(AlertForm::Rate, period));
    }

    #[test]
    fn beyond_an_outage_is_what_all_events_at_even_traffic_do_not_spend() {
        let period = DurationNs::from_seconds(28 * DAY);
        let beyond = |share: &str, form, target: &str| {
            let tier = AlertTier { share: share.parse().unwrap(), ..AlertTier::DEFAULT[0].1 };
            tier.is_beyond_outage(form, target.parse().unwrap(), period)
        };
        // 5 % x 672 = 33.6, of 10 % more than all; 2 % x 672 = 13.44, of 7.44 % just under all.
        assert!(beyond("5%", AlertForm::Share, "90%") && !beyond("2%", AlertForm::Share, "92.56%"));
        // 6.25 % x 80 h / 1 h = 5, of 20 % all: the share form fires at that, the rate form only above.
        let all = |form| {
            let tier = AlertTier { share: "6.25%".parse().unwrap(), ..AlertTier::DEFAULT[0].1 };
            tier.is_beyond_outage(form, "80%".parse().unwrap(), DurationNs::from_seconds(80 * 3_600))
        };
        assert_eq!([all(AlertForm::Share), all(AlertForm::Rate)], [false, true]);
    }

    proptest! {
        /// Against burning as fast as can be: all events of both windows bad.
        #[test]
        fn in_rate_form_a_tier_fires_when_all_is_bad_unless_it_never_does(
            share in 1u64..=100, nanos in 1..Target::ONE, long in 1u64..10_000, days in 1u64..400
        ) {
            let tier = AlertTier {
                urgency: Urgency::Page,
                share: Share::from_nanos(share * 10_000_000).unwrap(),
                long: super::minutes(long),
                short: super::minutes(1),
                after: super::minutes(0),
            };
            let target = Target::from_nanos(nanos).unwrap();
            // In minutes and units of 1e-9: burn = 1 / (1 - target), fires when burn > max(1, share x period / long).
            let burn_over_one = u128::from(target.allowed_bad_nanos()) < u128::from(Target::ONE);
            let period = u128::from(days * 1_440);
            let over_factor = u128::from(long) * 100 * u128::from(Target::ONE)
                > u128::from(share) * period * u128::from(target.allowed_bad_nanos());
            let never = tier.never_fires(AlertForm::Rate, target, DurationNs::from_seconds(days * DAY));
            prop_assert_eq!(never.is_none(), burn_over_one && over_factor);
        }
    }
}
