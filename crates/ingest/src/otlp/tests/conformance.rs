//! OTLP's own examples, and real traces, where the data is there: below `MILEPOST_DATA` or `../shared/data`.

use milepost_model::{SpanStatus, Timestamp};
use milepost_testkit::data_dir;

use super::super::{RejectReason, Span, SpanKind};
use super::recorder::{Seen, Wants};

fn example(name: &str) -> Option<Vec<Seen>> {
    let file = data_dir("otlp_proto_examples")?.join(name).with_extension("json");
    let (seen, result) = Wants::new().json(&std::fs::read(file).unwrap());
    assert_eq!(result, Ok(()));
    Some(seen)
}

#[test]
fn the_example_of_a_trace_is_its_one_span() {
    let Some(seen) = example("trace") else { return };
    let [Seen::Span(span, _)] = &seen[..] else { panic!("{seen:?}") };
    let expected = Span {
        trace_id: 0x5b8e_fff7_9803_8103_d269_b633_813f_c60c_u128.to_be_bytes(),
        span_id: 0xeee1_9b7e_c3c1_b174_u64.to_be_bytes(),
        parent_span_id: Some(0xeee1_9b7e_c3c1_b173_u64.to_be_bytes()),
        start: Timestamp::from_seconds(1_544_712_660),
        end: Timestamp::from_seconds(1_544_712_661),
        kind: SpanKind::Server,
        status: SpanStatus::Unset,
        sampling_threshold: None,
        flaws: span.flaws,
    };
    assert_eq!(*span, expected);
    assert!(span.flaws.is_empty());
    assert_eq!(seen[0].value("service"), Some(r#"Text("my.service")"#));
    assert_eq!(seen[0].value("name"), Some(r#"Text("I'm a server span")"#));
    assert_eq!(seen[0].value("kind"), Some(r#"Text("server")"#));
}

#[test]
fn the_examples_of_logs_are_one_log_record_each() {
    for (file, severity_number, name) in [("logs", 10, None), ("events", 9, Some(r#"Text("browser.page_view")"#))] {
        let Some(seen) = example(file) else { return };
        assert_eq!(seen.len(), 1);
        let record = seen[0].log();
        assert_eq!(record.time, Timestamp::from_nanos(1_544_712_660_300_000_000));
        assert_eq!(record.observed_time, Some(record.time));
        assert_eq!(record.severity_number, severity_number);
        assert_eq!(record.span_id.is_some(), file == "logs");
        assert_eq!(seen[0].value("name"), name);
        assert_eq!(seen[0].value("service"), Some(r#"Text("my.service")"#));
    }
}

#[test]
fn the_example_of_metrics_is_rejected_point_by_point() {
    let Some(seen) = example("metrics") else { return };
    assert_eq!(seen[..4], [const { Seen::Rejected(RejectReason::Metric) }; 4]);
    assert_eq!(seen[4..], [Seen::Metrics(Some("my.service".to_owned()))]);
}

#[test]
fn every_span_of_real_traces_is_delivered() {
    for (folder, file) in [
        ("traces_nezha_trainticket_2023-01-30", "otlp/13_15.otlp.jsonl.zst"),
        ("traces_nezha_onlineboutique_2022-08-23", "otlp/13_29.otlp.jsonl.zst"),
    ] {
        let Some(folder) = data_dir(folder) else { return };
        let text = zstd::decode_all(&std::fs::read(folder.join(file)).unwrap()[..]).unwrap();
        let wants = Wants::new();
        for record in text.split(|byte| *byte == b'\n').filter(|record| !record.is_empty()) {
            let (seen, result) = wants.json(record);
            assert_eq!(result, Ok(()));
            let spans = record.windows(9).filter(|window| window == b"\"traceId\"").count();
            assert!(spans > 0);
            assert_eq!(seen.iter().filter(|seen| matches!(seen, Seen::Span(..))).count(), spans);
            assert!(seen.iter().all(|seen| seen.value("service").is_some() && seen.value("name").is_some()));
        }
    }
}
