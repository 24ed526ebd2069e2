//! Service level indicators: which events count, and which of them are good.

use milepost_expr::Expr;
use milepost_model::{DurationNs, Name, OutcomeTable, StepPath, TrafficClass};
use std::fmt;

/// How a step is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// At the service, by the events of the step's measuring points.
    #[default]
    Service,
    /// In the client, as the user saw it.
    Client,
    /// From the first event of an interaction to its last, across sources.
    EndToEnd,
}

impl Method {
    /// All methods, cheapest first.
    pub const ALL: [Self; 3] = [Self::Service, Self::Client, Self::EndToEnd];

    /// The name in registry files, reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Client => "client",
            Self::EndToEnd => "end-to-end",
        }
    }

    /// The `source` of the facts that it counts.
    pub fn source(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Client => "client",
            Self::EndToEnd => "flow",
        }
    }
}

/// What an indicator says about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SliType {
    /// The share of attempts that succeed.
    Availability,
    /// The share of successes within a time.
    Latency(DurationNs),
    /// The share of attempts served with data no older than it should be.
    Freshness,
    /// The share of successes that pass a check.
    Correctness,
    /// The share of due records that were processed.
    Coverage,
    /// The share of minutes with at least so many good events.
    Throughput(u64),
}

impl SliType {
    /// The names in registry files, in the order of the types.
    pub const NAMES: [&str; 6] = ["availability", "latency", "freshness", "correctness", "coverage", "throughput"];

    /// The name in registry files, reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Availability => "availability",
            Self::Latency(_) => "latency",
            Self::Freshness => "freshness",
            Self::Correctness => "correctness",
            Self::Coverage => "coverage",
            Self::Throughput(_) => "throughput",
        }
    }

    /// Which of a step's events are good by default, as an expression; `None` where the SLO must say it.
    pub fn default_good(self) -> Option<String> {
        match self {
            Self::Availability | Self::Throughput(_) => Some("outcome = 'success'".to_owned()),
            Self::Latency(threshold) => Some(format!("outcome = 'success' AND duration_ns <= {}", threshold.nanos())),
            Self::Freshness | Self::Correctness | Self::Coverage => None,
        }
    }

    /// Which of a step's events count, beyond role, method and class, as an expression.
    ///
    /// Abandoned attempts count in no availability, and in latency only when they were too slow already. Failures and timeouts count in no
    /// latency, nor do events without a duration.
    pub fn valid(self) -> String {
        match self {
            Self::Availability | Self::Freshness | Self::Coverage => "outcome <> 'abandoned'".to_owned(),
            Self::Correctness => "outcome = 'success'".to_owned(),
            Self::Latency(threshold) => format!(
                "duration_ns IS NOT NULL AND (outcome = 'success' OR (outcome = 'abandoned' AND duration_ns > {}))",
                threshold.nanos()
            ),
            Self::Throughput(_) => "outcome IS NOT NULL".to_owned(),
        }
    }
}

impl fmt::Display for SliType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(threshold) => write!(f, "latency within {threshold}"),
            Self::Throughput(rate) => write!(f, "throughput of {rate} a minute"),
            other => f.write_str(other.as_str()),
        }
    }
}

/// What counts, and what of it is good: everything that decides a number but the target and the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// The product of the step.
    pub product: Name,
    /// The step, or one use of it.
    pub path: StepPath,
    /// How it is measured.
    pub method: Method,
    /// The traffic that counts.
    pub class: TrafficClass,
    /// What it says.
    pub sli: SliType,
    /// Which attempts of the step count.
    pub valid: Expr,
    /// Which of those are good.
    pub good: Expr,
    /// How the step's outcomes are read from status codes.
    pub outcomes: OutcomeTable,
}

/// The identity of an indicator: equal where everything that decides its numbers is equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndicatorId(u128);

impl Indicator {
    /// The hash of everything that decides the numbers, so that editing a target or a title keeps the history.
    pub fn id(&self) -> IndicatorId {
        let text = format!(
            "{}\n{}\n{}\n{}\n{:?}\n{}\n{}\n{}",
            self.product,
            self.path,
            self.method.as_str(),
            self.class,
            self.sli,
            self.valid,
            self.good,
            self.outcomes
        );
        IndicatorId(fnv1a_128(text.as_bytes()))
    }
}

impl fmt::Display for IndicatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for IndicatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// FNV-1a with 128 bits: stable across versions and machines, which a stored identity must be.
fn fnv1a_128(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        // Test vectors of the FNV specification.
        assert_eq!(fnv1a_128(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a_128(b"foobar"), 0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18);
    }
}
