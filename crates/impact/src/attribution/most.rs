//! Whether something has to do with most of the attempts that were hit.

use crate::impact::wilson_lower;
use milepost_model::Share;

/// Whether a part of all is more than half of them, to 99 %: by the one-sided Wilson bound that severity goes by. Of fewer than six that is never so.
pub fn is_most(part: u64, all: u64) -> bool {
    all > 0 && wilson_lower(part, all) > Share::WHOLE.nanos() / 2
}

#[cfg(test)]
mod tests {
    use super::is_most;

    #[test]
    fn most_is_more_than_half_beyond_chance() {
        // All of n are n / (n + 2.326^2) at least: 0.481 of five, 0.526 of six.
        assert!(!is_most(5, 5) && is_most(6, 6));
        // 14 of 20 are 0.442 at least, 16 of 20 are 0.541.
        assert!(!is_most(14, 20) && is_most(16, 20));
        assert!(!is_most(50, 100) && is_most(63, 100) && !is_most(0, 0) && !is_most(0, 9));
    }
}
