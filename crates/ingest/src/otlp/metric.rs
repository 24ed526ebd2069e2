//! Whose metrics they are: most are a service's own; some are made of it by whoever asks it, or by whoever counts its spans, and go on when it is gone.

/// What the names of metrics begin with that are counted of spans: of a metric for each operation, and of one for each pair of services.
const SPAN_METRICS: [&str; 3] = ["traces.span.metrics.", "traces_span_metrics_", "traces_service_graph_"];

/// Whether a metric of this name comes from the service that its resource names.
pub(super) fn is_own(name: &str) -> bool {
    // Whoever scrapes a service that does not answer says so in its name.
    let is_of_scrape = name == "up" || name.starts_with("scrape_");
    // The Collector's connectors repeat what they have counted of spans.
    let is_of_spans = SPAN_METRICS.iter().any(|prefix| name.starts_with(prefix));
    !is_of_scrape && !is_of_spans
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn what_others_make_of_a_service_is_not_its_own() {
        for own in ["http.server.request.duration", "process.cpu.time", "upstream", "uptime", "traces.exported", ""] {
            assert!(is_own(own), "{own}");
        }
        let others = ["up", "scrape_duration_seconds", "scrape_samples_scraped"];
        let connectors =
            ["traces.span.metrics.calls", "traces_span_metrics_calls_total", "traces_service_graph_request_total"];
        for other in others.into_iter().chain(connectors) {
            assert!(!is_own(other), "{other}");
        }
    }
}
