//! The thread: groups of facts from what the decoding threads send, one commit after the other.

use super::checkpoint::Checkpointed;
use super::dedupe::Dedupe;
use super::followed::Followed;
use super::group::Group;
use super::log::{Log, Written};
use super::record::{FactsHeader, SignsRecord, write_keys};
use super::switch::Switching;
use super::traces::LiveTraces;
use crate::counts::{Counter, Import, SeriesKey, Sign};
use crate::intake::Refusal;
use crate::pulse::Worker;
use crate::shared::Shared;
use crate::version::Version;
use crate::worker::{Decoded, DecodedFacts, DecodedRequest};
use flume::{RecvTimeoutError, Selector};
use milepost_facts::{FactBatch, NameTables, Renaming};
use milepost_model::{DurationNs, Timestamp};
use milepost_store::Lsn;
use milepost_store::fingerprints::Pieces;
use milepost_store::wal::RecordKind;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// What the thread is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// Something from a thread that decodes.
    Decoded(Decoded),
    /// A registry is to become the active one.
    Activate(Arc<Version>, oneshot::Sender<Result<(), Refusal>>),
    /// Counts of minutes that come from elsewhere.
    Import(Import, oneshot::Sender<Result<(), String>>),
    /// Everything that is due at the time as it is, to be done now: from whoever holds the clock.
    Round(oneshot::Sender<()>),
    /// A checkpoint is wanted now; the LSN up to which everything is in the minute log and in whole files of the log.
    Checkpoint(oneshot::Sender<Result<Lsn, String>>),
}

/// Everything that the thread owns.
pub(crate) struct Committer {
    pub(crate) shared: Arc<Shared>,
    pub(crate) log: Log,
    pub(crate) version: Arc<Version>,
    pub(crate) tables: NameTables,
    pub(crate) counter: Counter,
    pub(crate) traces: Option<LiveTraces>,
    pub(crate) followed: Option<Followed>,
    pub(crate) dedupe: Dedupe,
    pub(crate) renamings: Vec<Renaming>,
    /// What is gathered.
    pub(crate) group: Group,
    /// What is on its way to the disk.
    pub(crate) sent: Option<Group>,
    pub(crate) switching: Option<Switching>,
    /// The fingerprints on the disk.
    pub(crate) pieces: Pieces,
    pub(crate) last: Checkpointed,
    /// These by the clock that nobody sets.
    pub(crate) checkpointed_at: Timestamp,
    pub(crate) ticked_at: Timestamp,
}

/// How long the thread waits for messages before it looks at the clock.
const TICK: Duration = Duration::from_millis(100);
/// How often the minute log gets what was counted.
const CHECKPOINT: DurationNs = DurationNs::from_seconds(60);
/// How often it gets them at most, where they fill memory.
const EARLY_CHECKPOINT: DurationNs = DurationNs::from_millis(200);
const SECOND: DurationNs = DurationNs::from_seconds(1);

/// What the thread wakes up for.
enum Event {
    Message(Message),
    Written(Written),
    Nothing,
    /// Nobody can send any more.
    End,
}

impl Committer {
    /// Works until nobody can send any more, then writes a last checkpoint.
    pub(crate) fn run(mut self, messages: &flume::Receiver<Message>) {
        loop {
            match self.wait(messages) {
                Event::Message(message) => {
                    self.take(message);
                    while !self.group.is_full()
                        && let Ok(message) = messages.try_recv()
                    {
                        self.take(message);
                    }
                }
                Event::Written(written) => self.finish(written),
                Event::Nothing => {}
                Event::End => break,
            }
            self.send();
            // Whoever holds the clock says when everything of a time has come.
            if !self.shared.settings.clock.is_held() {
                self.tick();
            }
        }
        self.end_switch();
        self.settle();
        if let Err(error) = self.checkpoint() {
            tracing::error!(error, "the last checkpoint failed; the log has everything");
        }
    }

    fn wait(&self, messages: &flume::Receiver<Message>) -> Event {
        let message = |received: Result<Message, _>| received.map_or(Event::End, Event::Message);
        if !self.log.is_writing() {
            return match messages.recv_timeout(TICK) {
                Ok(message) => Event::Message(message),
                Err(RecvTimeoutError::Timeout) => Event::Nothing,
                Err(RecvTimeoutError::Disconnected) => Event::End,
            };
        }
        let arrival = Selector::new().recv(self.log.written(), |written| written.map_or(Event::End, Event::Written));
        // A full group waits for its turn, and so does whoever would join the next.
        let either = if self.group.is_full() { arrival } else { arrival.recv(messages, message) };
        either.wait_timeout(TICK).unwrap_or(Event::Nothing)
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Decoded(Decoded::Facts(facts)) => match &mut self.switching {
                Some(switching) => {
                    if let Some(facts) = switching.hold(*facts) {
                        self.add(facts);
                    }
                }
                None => self.add(*facts),
            },
            Message::Decoded(Decoded::Switched { worker, version }) => self.switched(worker, version),
            Message::Activate(version, reply) => self.begin_switch(version, reply),
            Message::Import(import, reply) => {
                self.settle();
                // Whoever asked may be gone.
                let _ = reply.send(self.import(&import));
            }
            Message::Round(reply) => {
                self.settle();
                self.tick();
                // Whoever asked may be gone.
                let _ = reply.send(());
            }
            Message::Checkpoint(reply) => {
                self.settle();
                let done = self.checkpoint().map(|()| {
                    self.log.rotate();
                    self.last.lsn
                });
                let _ = reply.send(done);
            }
        }
    }

    /// Adds what requests brought to the group, save what was counted already.
    pub(crate) fn add(&mut self, decoded: DecodedFacts) {
        let DecodedFacts { worker, batch, news, requests, versions, stats, .. } = decoded;
        if self.group.is_empty() {
            self.group.begin(&self.shared.settings.clock);
            self.dedupe.advance(self.group.arrived);
        }
        self.renamings[worker].learn(&news, &mut self.tables);
        self.shared.ledger().note(&stats);
        self.group.versions.extend(versions);
        for request in requests {
            let DecodedRequest { key, content, rows, mut receipt, reply, reservation, offset } = request;
            if !self.dedupe.is_new_request(key) {
                if content.is_some_and(|content| !self.dedupe.knows_request(content)) {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(Refusal::OtherContent));
                    continue;
                }
                receipt.duplicates = receipt.accepted;
                receipt.is_repeated = true;
                self.group.answer(reply, receipt, reservation);
                continue;
            }
            if let Some(content) = content {
                self.dedupe.is_new_request(content);
            }
            self.group.offsets.extend(offset);
            // As a rule all of them are new, and one piece.
            let mut new = rows.start..rows.start;
            for row in rows {
                if batch.is_attempt(row) && !self.dedupe.is_new_attempt(&batch, row) {
                    receipt.duplicates += 1;
                    self.group.append(&batch, new, &self.renamings[worker]);
                    new = row + 1..row + 1;
                } else {
                    new.end = row + 1;
                }
            }
            self.group.append(&batch, new, &self.renamings[worker]);
            self.group.answer(reply, receipt, reservation);
        }
        self.group.encode(false, self.version.number, &self.tables, &mut self.log);
    }

    /// Sends the group on its way, unless another is, or nobody waits for it.
    fn send(&mut self) {
        if self.log.is_writing() || self.group.is_empty() {
            return;
        }
        self.group.encode(true, self.version.number, &self.tables, &mut self.log);
        write_keys(self.dedupe.keys_of_group(), |payload| {
            self.log.add(RecordKind::Requests, payload);
        });
        for offset in &self.group.offsets {
            self.log.add(RecordKind::Offset, serde_json::json!(offset).to_string().as_bytes());
        }
        self.dedupe.send_group();
        let group = self.next_group();
        if self.log.is_empty() {
            // Nothing but what is durable already: that says nothing of the disk, and need not wait for it.
            return self.answer(group, None);
        }
        self.sent = Some(group);
        self.log.send();
    }

    /// Begins another group; gives the one that was gathered.
    fn next_group(&mut self) -> Group {
        let next = Group::new(&self.shared.settings.clock, &self.tables);
        std::mem::replace(&mut self.group, next)
    }

    /// What was on its way has arrived: the next group takes its turn, and this one is counted and answered meanwhile.
    fn finish(&mut self, written: Written) {
        let written = self.log.arrived(written);
        self.finished(written);
    }

    fn finished(&mut self, written: Result<Lsn, String>) {
        self.shared.health.pulses.beat(Worker::Committer);
        let Some(group) = self.sent.take() else { return };
        self.note_storing(&written);
        match written {
            Ok(lsn) => {
                self.dedupe.keep_group();
                self.send();
                self.count(&group, lsn);
                self.shared.changes.see(&group.versions);
                self.answer(group, None);
            }
            Err(why) => {
                // What was gathered meanwhile may count on what is not there: on its LSNs, and on being told of its duplicates.
                self.dedupe.forget_groups();
                let gathered = self.next_group();
                self.answer(group, Some(&why));
                self.answer(gathered, Some(&why));
            }
        }
    }

    /// Counts what is durable.
    fn count(&mut self, group: &Group, lsn: Lsn) {
        self.shared.offsets().extend(group.offsets.iter().map(|offset| (offset.path.clone(), offset.clone())));
        let mut counts = self.shared.counts_mut();
        let sign = Sign { received_at: group.began, heard_at: group.arrived };
        for batch in &group.batches {
            self.counter.count(batch, &self.tables, &mut counts);
            counts.sources.hear(batch, &self.tables, sign);
        }
        counts.lsn = lsn;
        if !group.batches.is_empty() {
            counts.received_at = Some(group.began);
            counts.heard_at = Some(group.arrived);
        }
        drop(counts);
        group.batches.iter().for_each(|batch| self.note_symptoms(batch));
        if let Some(traces) = &mut self.traces {
            group.batches.iter().for_each(|batch| traces.add(batch, group.arrived));
        }
        if let Some(followed) = &mut self.followed {
            group.batches.iter().for_each(|batch| followed.add(batch, group.arrived));
        }
    }

    fn note_symptoms(&self, batch: &FactBatch) {
        let now = self.shared.now().minute();
        self.shared.symptoms().note((batch, &self.tables), self.version.number, now);
    }

    fn answer(&self, group: Group, refused: Option<&str>) {
        let mut ledger = self.shared.ledger();
        if refused.is_none() {
            group.batches.iter().for_each(|batch| ledger.note_counted(batch, &self.tables));
        }
        for (reply, receipt, reservation) in group.answers {
            let answer = match refused {
                None => {
                    ledger.note_receipt(&receipt);
                    Ok(receipt)
                }
                Some(why) => Err(Refusal::NotStored(why.to_owned())),
            };
            drop(reservation);
            // Whoever asked may be gone.
            let _ = reply.send(answer);
        }
    }

    /// Waits until everything that was handed in is durable, counted and answered.
    pub(crate) fn settle(&mut self) {
        loop {
            self.send();
            if !self.log.is_writing() {
                return;
            }
            let written = self.log.wait();
            self.finished(written);
        }
    }

    /// Writes the records that were added, when nothing else is gathered or on its way.
    pub(crate) fn write_now(&mut self) -> Result<Lsn, String> {
        self.log.send();
        let written = self.log.wait();
        self.note_storing(&written);
        written
    }

    /// Remembers whether writing works.
    fn note_storing(&self, written: &Result<Lsn, String>) {
        self.shared.health.stored(written.as_ref().err().cloned());
    }

    fn tick(&mut self) {
        let now = self.shared.settings.clock.steady();
        // While a group is on its way, its arrival is the sign of life.
        if !self.log.is_writing() {
            self.shared.health.pulses.beat(Worker::Committer);
        }
        // Telemetry of many hours at once fills memory faster than a minute passes. Not with each group: where it fails it is tried in vain.
        let is_early = now.since(self.checkpointed_at) >= EARLY_CHECKPOINT && self.shared.counts().is_checkpoint_due();
        if is_early {
            self.settle();
            self.checkpoint_at(now);
        }
        if now.since(self.ticked_at) < SECOND {
            return;
        }
        self.ticked_at = now;
        self.settle();
        // Whoever looks at readiness sends nothing until it is told that there is room again.
        if self.shared.health.storing_error().is_some() {
            self.shared.health.stored(self.log.probe().err());
        }
        self.try_switch();
        if let Some(traces) = &mut self.traces {
            traces.mark(now, self.shared.counts().lsn);
            traces.advance(now);
        }
        let courses = self.traces.as_mut().map(LiveTraces::take_courses);
        let courses = courses.or_else(|| Some(self.followed.as_mut()?.take_courses(now)));
        let (minute, most_bytes) = (self.shared.now().minute(), self.shared.settings.course_bytes());
        let names = (&*self.version, &self.tables);
        self.shared.symptoms().note_courses(courses.unwrap_or_default(), names, most_bytes, minute);
        self.shared.set_traces(self.traces.as_ref().map(LiveTraces::standing));
        let time = self.shared.now();
        self.commit_traces(time);
        self.commit_signs(Sign { received_at: time, heard_at: now });
        self.write_pieces();
        self.shared.counts_mut().trim(time.minute());
        self.shared.health.set_dedupe_window(self.dedupe.window(now));
        self.shared.full.note(self.tables.full());
        let full: Vec<_> = self.shared.counts().full().collect();
        self.shared.full.note(full.into_iter().map(str::to_owned));
        if now.since(self.checkpointed_at) >= CHECKPOINT {
            self.checkpoint_at(now);
        }
    }

    fn checkpoint_at(&mut self, now: Timestamp) {
        self.checkpointed_at = now;
        if let Err(error) = self.checkpoint() {
            tracing::error!(error, "a checkpoint failed; the log has everything");
        }
    }

    /// Makes counts that come from elsewhere durable, and counts them, when nothing else is on its way.
    fn import(&mut self, import: &Import) -> Result<(), String> {
        if !self.shared.counts().is_news(import) {
            return Err("these minutes are imported already".to_owned());
        }
        self.log.add(RecordKind::Counts, &import.payload());
        let lsn = self.write_now()?;
        let mut counts = self.shared.counts_mut();
        counts.import(import);
        counts.lsn = lsn;
        Ok(())
    }

    /// Makes durable that something came that has no events, when nothing else is on its way.
    fn commit_signs(&mut self, sign: Sign) {
        let Some(services) = self.shared.signs.take() else { return };
        SignsRecord::write(sign.received_at, &services, |payload| {
            self.log.add(RecordKind::Signs, payload);
        });
        // Where it cannot be stored more will come.
        let Ok(lsn) = self.write_now() else { return };
        let mut counts = self.shared.counts_mut();
        counts.hear(&services, sign);
        counts.lsn = lsn;
    }

    /// Makes what came of closed traces durable, and counts it, when nothing else is on its way.
    pub(crate) fn commit_traces(&mut self, now: Timestamp) {
        while let Some((batch, closed)) =
            self.traces.as_ref().and_then(|traces| traces.next(&self.version, &mut self.tables))
        {
            let header = FactsHeader { received_at: now, version: self.version.number };
            header.write(&batch, &self.tables, |payload| {
                self.log.add(RecordKind::Derived, payload);
            });
            closed.write(|payload| {
                self.log.add(RecordKind::Traces, payload);
            });
            // Tried again with the next tick, when there may be room for it.
            let Ok(lsn) = self.write_now() else { return };
            if let Some(traces) = &mut self.traces {
                traces.stored(closed.ids.len());
            }
            let mut counts = self.shared.counts_mut();
            self.counter.count(&batch, &self.tables, &mut counts);
            self.note_symptoms(&batch);
            for (name, minute, count) in &closed.counts {
                let series = counts.series(name, &SeriesKey::of_others(name));
                counts.add(series, *minute, &[*count, 0, 0, 0, 0]);
            }
            counts.lsn = lsn;
            self.shared.ledger().note_traces(&batch, &closed.spans_by_trace, &self.tables);
        }
    }
}

/// An error with what is behind it, for messages.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
