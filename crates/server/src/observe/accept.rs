//! In which form metrics are wanted: what `Accept` prefers of those that can be written.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// A form of metrics. Text where nothing else is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    OpenMetrics,
    Protobuf,
}

/// What is looked at of a header: more than any scraper sends.
const MAX_RANGES: usize = 32;

impl Form {
    /// The form with the highest quality; of those with the same the one that is named first.
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges = values.flat_map(|value| value.split(',')).take(MAX_RANGES).filter_map(range);
        let mut best = (Self::Text, 0);
        for (form, quality) in ranges {
            if quality > best.1 {
                best = (form, quality);
            }
        }
        best.0
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

/// One range of the header, with its quality in thousandths; `None` for what cannot be written.
fn range(text: &str) -> Option<(Form, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next()?.to_ascii_lowercase();
    let parameters: Vec<(String, &str)> = parts
        .filter_map(|part| part.split_once('='))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
        .collect();
    let parameter = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let is = |name: &str, wanted: &[&str]| parameter(name).is_none_or(|value| wanted.contains(&value));
    let form = match kind.as_str() {
        // Without `proto` and `encoding` it is another message, or another framing.
        "application/vnd.google.protobuf"
            if parameter("proto") == Some("io.prometheus.client.MetricFamily")
                && parameter("encoding") == Some("delimited") =>
        {
            Form::Protobuf
        }
        "application/openmetrics-text" if is("version", &["1.0.0", "0.0.1"]) => Form::OpenMetrics,
        "text/plain" if is("version", &["0.0.4"]) => Form::Text,
        "text/*" | "*/*" => Form::Text,
        _ => return None,
    };
    Some((form, parameter("q").map_or(Some(1000), quality)?))
}

/// From 0 to 1 with at most three digits, in thousandths.
fn quality(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let thousandths: u16 = format!("{fraction:0<3}").parse().ok().filter(|_| is_fraction)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    fn accepted(text: &str) -> Form {
        Form::accepted(&HeaderMap::from_iter([(ACCEPT, text.parse().expect("a value"))]))
    }

    #[test]
    fn what_prometheus_sends_is_answered_in_what_it_prefers() {
        let texts = "application/openmetrics-text;version=1.0.0;q=0.8,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        assert_eq!(accepted(&format!("{PROTOBUF},{texts}")), Form::Protobuf);
        assert_eq!(accepted(texts), Form::OpenMetrics);
    }

    #[test]
    fn qualities_are_respected() {
        assert_eq!(accepted(&format!("{PROTOBUF};q=0.3, text/plain;q=0.4")), Form::Text);
        assert_eq!(accepted(&format!("text/plain;q=0.399, {PROTOBUF};q=0.4")), Form::Protobuf);
        assert_eq!(accepted(&format!("{PROTOBUF};q=0, application/openmetrics-text;q=0.001")), Form::OpenMetrics);
        assert_eq!(accepted(&format!("*/*, {PROTOBUF}")), Form::Text);
    }

    #[test]
    fn what_asks_for_nothing_that_can_be_written_gets_text() {
        assert_eq!(Form::accepted(&HeaderMap::new()), Form::Text);
        for other in
            ["", "text/html", "application/vnd.google.protobuf", "application/json;q=1", ";;,,=", "text/plain;q=x"]
        {
            assert_eq!(accepted(other), Form::Text, "{other}");
        }
        let compact = PROTOBUF.replace("delimited", "compact-text");
        assert_eq!(accepted(&format!("{compact}, */*;q=0.1")), Form::Text);
    }
}
