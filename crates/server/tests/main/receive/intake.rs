//! What stands behind the receivers in these tests: a thread that decodes requests with the readers of the real one.

use milepost_annotate::{FieldPlan, Slots};
use milepost_ingest::access_log::LineParser;
use milepost_ingest::otlp::{LogRecord, RejectReason, Sink, Span, json, proto};
use milepost_model::LogFormat;
use milepost_server::{Budget, Intake, Job, Payload, Receipt, Refusal, RequestKey};
use std::collections::{BTreeMap, HashSet};

/// What was read of one request.
#[derive(Default)]
struct Events {
    accepted: u64,
    rejected: BTreeMap<&'static str, u64>,
}

impl Sink for Events {
    fn span(&mut self, _: &Span, _: &Slots<'_>) {
        self.accepted += 1;
    }

    fn log(&mut self, _: &LogRecord, _: &Slots<'_>) {
        self.accepted += 1;
    }

    fn rejected(&mut self, reason: RejectReason) {
        *self.rejected.entry(reason.text()).or_default() += 1;
    }
}

/// An intake whose requests are read and answered until the last clone is gone.
pub(crate) fn reading(budget: Budget) -> Intake {
    let (intake, jobs) = Intake::new(budget);
    std::thread::spawn(move || {
        let mut known = HashSet::new();
        for job in jobs.iter() {
            let Job { submission, reply } = job;
            let mut answer = read(&submission.payload, &submission.body);
            if let Ok(receipt) = &mut answer {
                receipt.is_repeated = !known.insert(submission.key);
                // Nobody's body is that of another.
                if submission.content.is_some_and(|content| known.insert(content)) && receipt.is_repeated {
                    answer = Err(Refusal::OtherContent);
                }
            }
            // Given back before the answer, so that tests may look right after it.
            drop(submission);
            let _ = reply.send(answer);
        }
    });
    intake
}

/// An intake that refuses everything, for one reason.
pub(crate) fn refusing(budget: Budget, refusal: Refusal) -> Intake {
    let (intake, jobs) = Intake::new(budget);
    std::thread::spawn(move || {
        for job in jobs.iter() {
            let _ = job.reply.send(Err(refusal.clone()));
        }
    });
    intake
}

/// An intake that answers nothing until the jobs are taken from it.
pub(crate) fn waiting(budget: Budget) -> (Intake, impl FnOnce() -> Vec<RequestKey> + Send) {
    let (intake, jobs) = Intake::new(budget);
    let answer_all = move || {
        jobs.drain()
            .map(|job| {
                let receipt = read(&job.submission.payload, &job.submission.body);
                let _ = job.reply.send(receipt);
                job.submission.key
            })
            .collect()
    };
    (intake, answer_all)
}

fn read(payload: &Payload, body: &[u8]) -> Result<Receipt, Refusal> {
    let plan = FieldPlan::default();
    let mut events = Events::default();
    match payload {
        Payload::TracesProto => proto::read_traces(body, &plan, &mut events),
        Payload::LogsProto => proto::read_logs(body, &plan, &mut events),
        Payload::TracesJson | Payload::LogsJson => {
            json::read(body, &plan, &mut events).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        }
        Payload::AccessLog(_) => {
            let mut parser = LineParser::new(&LogFormat::Combined);
            for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                match parser.parse(line) {
                    Ok(_) => events.accepted += 1,
                    Err(reason) => *events.rejected.entry(reason.as_str()).or_default() += 1,
                }
            }
        }
    }
    if events.accepted == 0 && events.rejected.contains_key(RejectReason::Envelope.text()) {
        return Err(Refusal::Unreadable("the body is no OTLP request in protobuf".to_owned()));
    }
    let rejected = events.rejected.into_iter().collect();
    Ok(Receipt { accepted: events.accepted, rejected, ..Receipt::default() })
}
