//! In what way users have trouble with a step.

use crate::{Attempts, Impact};

/// What most of the attempts that were hit have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// They fail, or never end.
    #[default]
    Failing,
    /// They succeed later than was promised.
    Slow,
    /// They never come: fewer users get as far as this than usual.
    Missing,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Failing, Self::Slow, Self::Missing];

    /// The largest part of an impact; of equal ones the first.
    pub fn of(impact: &Impact) -> Self {
        let failing = Attempts::whole(impact.seen.failed() + impact.seen.timed_out());
        let slow = Attempts::whole(impact.seen.slow());
        if failing >= slow && failing >= impact.missing {
            Self::Failing
        } else if slow >= impact.missing {
            Self::Slow
        } else {
            Self::Missing
        }
    }

    /// The name in journals and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Slow => "slow",
            Self::Missing => "missing",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seen;
    use crate::baseline::Expected;

    #[test]
    fn trouble_is_what_most_of_the_hit_attempts_have() {
        let expected =
            |attempts| Expected { attempts: Attempts::whole(attempts), at_least: Attempts::whole(attempts / 2) };
        let of = |[attempts, failed, timed_out, slow]: [u64; 4], usual| {
            Trouble::of(&Impact::of(Seen::new(attempts, failed, timed_out, slow).unwrap(), Some(expected(usual))))
        };
        assert_eq!(of([100, 5, 3, 7], 100), Trouble::Failing);
        assert_eq!(of([100, 5, 3, 9], 100), Trouble::Slow);
        assert_eq!(of([10, 5, 0, 5], 100), Trouble::Missing);
        assert_eq!(of([10, 5, 0, 5], 10), Trouble::Failing);
    }
}
