//! Requests as Prometheus' schema reads them, and what waits.

use super::super::family::Kind;
use super::*;
use milepost_facts::Sketch;
use prost::Message;

#[derive(Message)]
struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    timeseries: Vec<TimeSeries>,
}

#[derive(Message)]
struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Point>,
}

#[derive(Message)]
struct Label {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Message)]
struct Point {
    #[prost(double, tag = "1")]
    value: f64,
    #[prost(int64, tag = "2")]
    timestamp: i64,
}

/// Series as text, with their values and times.
fn read(requests: &[Bytes]) -> Vec<(String, f64, i64)> {
    let series = requests.iter().flat_map(|request| {
        let bytes = snap::raw::Decoder::new().decompress_vec(request).unwrap();
        WriteRequest::decode(&*bytes).unwrap().timeseries
    });
    let text = |labels: &[Label]| labels.iter().map(|of| format!("{}={}", of.name, of.value)).collect::<Vec<_>>();
    series.map(|of| (text(&of.labels).join(","), of.samples[0].value, of.samples[0].timestamp)).collect()
}

#[test]
fn labels_are_sorted_and_not_empty_and_samples_have_values_and_times() {
    let mut events = Family::new("milepost_step_events_total", Kind::Counter, "Events.");
    events.add(&[("step", "pay"), ("objective", ""), ("class", "interactive")], 7);
    events.add(&[("step", "search")], 0);
    let at = Timestamp::from_nanos(1_700_000_000_123_456_789);
    let expected = [
        (
            "__name__=milepost_step_events_total,class=interactive,job=milepost,step=pay".to_owned(),
            7.0,
            1_700_000_000_123,
        ),
        ("__name__=milepost_step_events_total,job=milepost,step=search".to_owned(), 0.0, 1_700_000_000_123),
    ];
    assert_eq!(read(&requests(&[events], at)), expected);
}

#[test]
fn a_histogram_is_its_buckets_its_sum_and_its_count() {
    let mut durations = Family::new("milepost_step_duration_seconds", Kind::Histogram, "Durations.");
    durations.add(&[("step", "pay")], Value::Histogram(Histogram::new(&Sketch::default(), 0)));
    let all = read(&requests(&[durations], Timestamp::from_seconds(1)));
    assert_eq!(all.len(), 20);
    let of = |bound: &str| format!("__name__=milepost_step_duration_seconds_bucket,job=milepost,le={bound},step=pay");
    assert_eq!((&all[0].0, &all[17].0), (&of("0.005"), &of("+Inf")));
    assert!(all[18].0.starts_with("__name__=milepost_step_duration_seconds_sum,"));
    assert!(all[19].0.starts_with("__name__=milepost_step_duration_seconds_count,"));
}

#[test]
fn many_series_are_several_requests() {
    let mut events = Family::new("milepost_slo_events_total", Kind::Counter, "Events.");
    let names: Vec<String> = (0..4_500).map(|at| format!("slo-{at}")).collect();
    names.iter().for_each(|name| events.add(&[("slo", name)], 1));
    let all = requests(&[events], Timestamp::from_seconds(1));
    assert_eq!((all.len(), read(&all).len()), (3, 4_500));
}

#[test]
fn the_newest_of_what_waits_is_kept_within_its_bytes() {
    let mut queue = Queue::default();
    let request = |byte: u8| Bytes::from(vec![byte; WAITING_BYTES / 4]);
    assert_eq!(queue.push(vec![request(1), request(2), request(3), request(4)]), 0);
    assert_eq!(queue.push(vec![request(5), request(6)]), 2);
    assert_eq!(queue.requests.iter().map(|request| request[0]).collect::<Vec<_>>(), [3, 4, 5, 6]);
    (0..4).for_each(|_| queue.pop());
    assert_eq!(queue.bytes, 0);
}

#[test]
fn only_what_may_be_taken_later_is_sent_again() {
    let outcomes = [200, 204, 400, 404, 302, 429, 500, 503].map(outcome);
    use Outcome::{Later, Never, Taken};
    assert_eq!(outcomes, [Taken, Taken, Never, Never, Never, Later, Later, Later]);
}
