//! `slo`: what is promised, in short.

use super::clock;
use super::lines::{Block, Line};
use super::{Mistake, clock::minutes};
use crate::{AlertForm, AlertTier, Alerts, Budgeting, CalendarUnit, Method, NoData, SliType, Terms, Urgency, Window};
use milepost_model::{DurationNs, Share, Target};

/// An SLO as a script has it.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it promises.
    pub terms: Terms,
    /// How its step is measured, which decides how complete its data must be.
    pub method: Method,
    /// How far its windows end behind the running minute; nothing for services.
    pub settles: DurationNs,
    /// The series that it counts; the one by its own name where nothing is said.
    pub series: Option<String>,
}

impl Definition {
    /// An SLO of a registry.
    pub fn of(slo: &crate::Slo) -> Self {
        let method = slo.indicator.method;
        Self { terms: Terms::of(slo), method, settles: settles(method), series: None }
    }
}

/// Client and flow windows end at the watermark: what users' machines send may take an hour.
fn settles(method: Method) -> DurationNs {
    DurationNs::from_seconds(if method == Method::Service { 0 } else { 3_600 })
}

pub(super) fn unknown(name: &str) -> String {
    format!(
        "SLO `{name}` says no target: write `slo {name} 99.9% over 28d`, or take it from a registry with `--registry DIR`"
    )
}

/// `slo NAME [TARGET [over WINDOW]]` and lines below; `None` for the name alone.
pub(super) fn read(block: &Block<'_>) -> Result<Option<Definition>, Mistake> {
    let at = |message| Mistake::new(block.line, message);
    let (target, window) = match block.words.get(2..).unwrap_or_default() {
        [] if block.body.is_empty() => return Ok(None),
        [target] => (*target, None),
        [target, "over", window @ ..] => (*target, Some(window)),
        _ => return Err(at("write `slo NAME TARGET over WINDOW`, such as `slo send-mail 99.9% over 28d`".to_owned())),
    };
    let target = read_target(target).map_err(at)?;
    let window = window.map_or(Ok(Window::Rolling(DurationNs::from_seconds(28 * 86_400))), read_window).map_err(at)?;
    let mut found = Found::default();
    for line in &block.body {
        found.read(line).map_err(|message| Mistake::new(line.line, message))?;
    }
    let method = found.method.unwrap_or_default();
    let settles = found.settles.unwrap_or(settles(method));
    let series = found.series.take();
    let (sli, budgeting) = (found.sli.unwrap_or(SliType::Availability), found.budgeting.unwrap_or_default());
    let alerts = found.alerts(settles, &window);
    let terms = Terms { target, window, sli, budgeting, alerts };
    Ok(Some(Definition { terms, method, settles, series }))
}

#[derive(Default)]
struct Found {
    sli: Option<SliType>,
    budgeting: Option<Budgeting>,
    method: Option<Method>,
    settles: Option<DurationNs>,
    series: Option<String>,
    form: Option<AlertForm>,
    tiers: Option<Vec<AlertTier>>,
}

impl Found {
    fn read(&mut self, line: &Line<'_>) -> Result<(), String> {
        match line.words.as_slice() {
            ["throughput", rate] => {
                let rate = rate.parse().map_err(|_| "write `throughput 100`: good events a minute".to_owned())?;
                self.sli = Some(SliType::Throughput(rate));
            }
            ["slices", slice, target, rest @ ..] => {
                let target = read_target(target)?;
                let (slice, no_data) = (read_slice(slice)?, read_no_data(rest)?);
                self.budgeting = Some(Budgeting::Timeslices { slice, target, no_data });
            }
            ["ratio-slices", slice, rest @ ..] => {
                let (slice, no_data) = (read_slice(slice)?, read_no_data(rest)?);
                self.budgeting = Some(Budgeting::RatioTimeslices { slice, no_data });
            }
            ["method", name] => {
                let found = Method::ALL.into_iter().find(|method| method.as_str() == *name);
                self.method = Some(found.ok_or("a method is `service`, `client` or `end-to-end`")?);
            }
            ["counts", series] => self.series = Some((*series).to_owned()),
            ["settles", time] => self.settles = Some(read_slice(time)?),
            ["form", name] => {
                let found = AlertForm::ALL.into_iter().find(|form| form.as_str() == *name);
                self.form = Some(found.ok_or("a form of alerts is `share` or `rate`")?);
            }
            ["alerts", "none"] => self.tiers = Some(Vec::new()),
            ["alerts", ..] => self.tiers = Some(read_tiers(&line.rest(1))?),
            [key, ..] => {
                return Err(format!(
                    "`{key}` is no line of an SLO: there are `throughput`, `slices`, `ratio-slices`, `counts`, `method`, `settles`, `form` and `alerts`"
                ));
            }
            [] => {}
        }
        Ok(())
    }

    fn alerts(self, settles: DurationNs, window: &Window) -> Alerts {
        let form = self.form.unwrap_or_default();
        let tiers =
            self.tiers.unwrap_or_else(|| Alerts::default_for(settles.max(DurationNs::from_seconds(60)), window).tiers);
        Alerts { form, tiers }
    }
}

fn read_target(text: &str) -> Result<Target, String> {
    text.parse().map_err(|error: milepost_model::TargetError| {
        let meant = format!("{text}%");
        if meant.parse::<Target>().is_ok() { format!("{error}: did you mean `{meant}`?") } else { error.to_string() }
    })
}

/// `28d`, or `calendar month Europe/Zurich`.
fn read_window(words: &[&str]) -> Result<Window, String> {
    match words {
        [duration] => Ok(Window::Rolling(read_slice(duration)?)),
        ["calendar", unit, zone @ ..] if zone.len() <= 1 => {
            let found = CalendarUnit::ALL.into_iter().find(|known| known.as_str() == *unit);
            let unit = found.ok_or("a calendar window is a `day`, `week`, `month`, `quarter` or `year`")?;
            Ok(Window::Calendar(unit, zone.first().unwrap_or(&"UTC").to_string()))
        }
        _ => Err("a window is a duration such as `28d`, or `calendar month Europe/Zurich`".to_owned()),
    }
}

fn read_slice(text: &str) -> Result<DurationNs, String> {
    match minutes(text)? {
        0 => Err(format!("`{text}` is no time at all")),
        _ => text.parse().map_err(|error: milepost_model::DurationError| error.to_string()),
    }
}

fn read_no_data(words: &[&str]) -> Result<NoData, String> {
    let error = "after it stands nothing, or `no-data good`, `no-data bad` or `no-data skip`";
    match words {
        [] => Ok(NoData::Skip),
        ["no-data", kind] => Ok(NoData::ALL.into_iter().find(|known| known.as_str() == *kind).ok_or(error)?),
        _ => Err(error.to_owned()),
    }
}

/// `page-1h, ticket 10% 1d 2h`.
fn read_tiers(text: &str) -> Result<Vec<AlertTier>, String> {
    text.split(',').map(|tier| read_tier(tier.trim())).collect()
}

fn read_tier(text: &str) -> Result<AlertTier, String> {
    if let Some((_, tier)) = AlertTier::DEFAULT.iter().find(|(name, _)| *name == text) {
        return Ok(*tier);
    }
    let words: Vec<&str> = text.split(' ').collect();
    let [urgency, share, long, short] = words.as_slice() else {
        return Err(format!("`{text}` is no tier: write a default one such as `page-1h`, or `page 2% 1h 5m`"));
    };
    let urgency = Urgency::ALL.into_iter().find(|known| known.as_str() == *urgency);
    let urgency = urgency.ok_or("a tier is a `page` or a `ticket`")?;
    let share: Share = share.parse().map_err(|error: milepost_model::ShareError| error.to_string())?;
    clock::minutes(long)?;
    let after = DurationNs::from_nanos(0);
    Ok(AlertTier { urgency, share, long: read_slice(long)?, short: read_slice(short)?, after })
}
