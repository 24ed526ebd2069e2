//! Telemetry of the mail example: an hour of a working day, as the collectors of two regions wrote it down.
//!
//! What happened, for whoever reads the report: release 2.4.0 of webmail and outbox comes to half of eu-west at 14:18. From
//! 14:20 that outbox cannot reach its queue, and Send mail fails there until the release is taken back at 14:32. From 14:40
//! to 14:45 the spelling service is slow. One message is gone that an inbox lists; people mistype passwords, and type on
//! while addresses are looked up. A synthetic check, probes, a crawler and a scanner come by. Some browsers say which
//! step they serve.

mod pages;
mod people;
mod servers;

use super::otlp::{self, Span};
use super::random::Random;
use people::People;
use servers::{EU_WEST, Servers, US_EAST};

const SECOND_US: u64 = 1_000_000;
const MINUTE_US: u64 = 60 * SECOND_US;
/// 2 March 2026, 00:00 UTC: a Monday.
const DAY_US: u64 = 1_772_409_600 * SECOND_US;
const FIRST_US: u64 = at(14, 0);
const LAST_US: u64 = at(15, 0);
/// The collectors wait so long for a batch to fill.
const EXPORT_EVERY_US: u64 = 30 * SECOND_US;

/// The telemetry of each region: its name and its lines.
pub(crate) fn telemetry() -> [(&'static str, String); 2] {
    let spans = spans();
    [EU_WEST, US_EAST].map(|region| {
        let of_region = spans.iter().filter(|span| span.resource.region == region).cloned().collect();
        (region, otlp::export(of_region, EXPORT_EVERY_US))
    })
}

/// Everything that the servers noted, in no order. The seeds are chosen: in an hour of so few requests chance may as well
/// leave out a part of the story.
fn spans() -> Vec<Span> {
    let mut people = People::new(Random::new(72), Servers::new(Random::new(2_026)));
    people.live();
    people.servers.spans
}

/// A time of the day, in microseconds since 1970.
const fn at(hour: u64, minute: u64) -> u64 {
    DAY_US + (60 * hour + minute) * MINUTE_US
}

#[cfg(test)]
mod tests;
