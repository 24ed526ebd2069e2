//! Guesses how an access log is written from its first lines, for those who did not declare it.

use super::LineParser;
use milepost_model::LogFormat;

/// How many lines are worth looking at; more are ignored.
pub const DETECT_LINES: usize = 1000;

/// The formats that can be told from their lines, those that say more first.
const CANDIDATES: [LogFormat; 5] =
    [LogFormat::Json, LogFormat::Envoy, LogFormat::Haproxy, LogFormat::Combined, LogFormat::Common];

/// The format under which most of `lines` are whole events; `None` when no line is one under any.
///
/// Logs with many stray lines are told all the same, since a line of one format is hardly ever one of another.
pub fn detect<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<LogFormat> {
    let mut parsers: Vec<LineParser> = CANDIDATES.iter().map(LineParser::new).collect();
    // Whole events, then events of any kind.
    let mut scores = [(0u32, 0u32); CANDIDATES.len()];
    for line in lines.into_iter().take(DETECT_LINES) {
        for (parser, score) in parsers.iter_mut().zip(&mut scores) {
            if let Ok(event) = parser.parse(line) {
                score.0 += u32::from(!event.trailing && !event.cut);
                score.1 += 1;
            }
        }
    }
    let mut best = None;
    for (format, score) in CANDIDATES.into_iter().zip(scores) {
        if score > best.as_ref().map_or((0, 0), |(_, score)| *score) {
            best = Some((format, score));
        }
    }
    best.map(|(format, _)| format)
}
