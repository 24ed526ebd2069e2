//! Which series the SLOs need between them.

use super::{Place, Subject, TierWindows, Watched};
use crate::series::WindowIndex;
use crate::{AlertState, AlertTier, Counting, Exclusions, IndicatorIndex, Minutes, Series, WindowKey};
use milepost_model::{DurationNs, Minute};
use std::collections::HashMap;

type Key = (IndicatorIndex, Counting, Option<Exclusions>);

/// Which series there must be, each with the windows of all SLOs that share it.
#[derive(Default)]
pub(super) struct Plan {
    places: HashMap<Key, usize>,
    series: Vec<(Key, Minute, Vec<WindowKey>)>,
}

impl Plan {
    fn key(subject: &Subject, exclusions: Option<&Exclusions>) -> Key {
        (subject.indicator, subject.counting.clone(), exclusions.cloned())
    }

    pub(super) fn add(&mut self, subject: &Subject, exclusions: Option<&Exclusions>) {
        let key = Self::key(subject, exclusions);
        let next = self.series.len();
        let place = *self.places.entry(key.clone()).or_insert(next);
        if place == next {
            self.series.push((key, subject.since, Vec::new()));
        }
        let (_, since, windows) = &mut self.series[place];
        *since = (*since).min(subject.since);
        windows.push(subject.window.clone());
        let tiers = subject.alerts.tiers.iter();
        let counting = &subject.counting;
        windows.extend(tiers.flat_map(|tier| [tier.long, tier.short].map(|length| alert_window(counting, length))));
    }

    pub(super) fn series(&mut self, source: &impl Minutes, running: Minute) -> Vec<Series> {
        let series = self.series.drain(..).map(|((indicator, counting, exclusions), since, windows)| {
            let last = source.newest(indicator, running);
            Series::new((indicator, since), counting, exclusions, &windows, source, last)
        });
        series.collect()
    }

    pub(super) fn watched(&self, subject: &Subject, series: &[Series]) -> Watched {
        let place = |exclusions| {
            let at = self.places[&Self::key(subject, exclusions)];
            Place { series: at, window: find(&series[at], &subject.window) }
        };
        let (recorded, corrected) = (place(None), place(subject.exclusions()));
        let of = &series[corrected.series];
        let windows = |tier: &AlertTier| TierWindows {
            long: find(of, &alert_window(&subject.counting, tier.long)),
            short: find(of, &alert_window(&subject.counting, tier.short)),
        };
        let tiers = subject.alerts.tiers.clone();
        Watched {
            target: subject.target,
            form: subject.alerts.form,
            period: subject.shortest,
            corrected,
            recorded,
            windows: tiers.iter().map(windows).collect(),
            state: AlertState::new(tiers.len()),
            tiers,
            is_changed: false,
        }
    }
}

fn alert_window(counting: &Counting, length: DurationNs) -> WindowKey {
    WindowKey::Rolling(counting.alert_minutes(length))
}

fn find(series: &Series, window: &WindowKey) -> WindowIndex {
    series.find(window).expect("a series has the windows of all SLOs that it was planned for")
}
