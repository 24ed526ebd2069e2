//! The one entry of W3C trace state that is of use here: OpenTelemetry's sampling threshold.
//!
//! Source: OpenTelemetry, *TraceState: Probability Sampling*. Called by both readers for spans that carry trace state.

/// The most hexadecimal digits that a threshold has: it is a number of 56 bits with trailing zeros cut.
const MAX_DIGITS: usize = 14;

/// The rejection threshold of `ot=th:...`: of 2^56 equally likely traces, how many are not sampled. `None` when the trace
/// state does not say, or says it wrongly.
pub(super) fn sampling_threshold(trace_state: &[u8]) -> Option<u64> {
    let members = trace_state.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    let fields = members.filter_map(|member| member.strip_prefix(b"ot=")).next()?;
    let digits = fields.split(|byte| *byte == b';').filter_map(|field| field.strip_prefix(b"th:")).next()?;
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let number = digits.iter().try_fold(0u64, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u64::from(value))
    })?;
    Some(number << (4 * (MAX_DIGITS - digits.len())))
}

#[cfg(test)]
mod tests {
    use super::sampling_threshold;

    #[test]
    fn a_threshold_is_56_bits_with_trailing_zeros_cut() {
        for (state, threshold) in [
            ("ot=th:0", Some(0)),
            ("ot=th:8", Some(1 << 55)),
            ("vendor=x , ot=rv:abcdefabcdefab;th:c ,a=b", Some(3 << 54)),
            ("ot=th:ffffffffffffff", Some((1 << 56) - 1)),
            ("ot=th:fffffffffffffff", None),
            ("ot=th:", None),
            ("ot=th:G", None),
            ("ot=rv:abcdefabcdefab", None),
            ("xot=th:8,th:8", None),
            ("", None),
        ] {
            assert_eq!(sampling_threshold(state.as_bytes()), threshold, "{state}");
        }
    }
}
