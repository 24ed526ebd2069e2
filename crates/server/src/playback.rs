//! A recording played to a server whose clock is held: second by second, each followed by a round of everything that is due.
//!
//! Where nothing was recorded for longer than sources may be silent, there was nobody who recorded: the clock is moved over it, and whoever looks at
//! everything sees that time was left out. Played as silence instead, it is what a live server sees when its sources are gone.

use crate::intake::{Payload, Receipt, Refusal, RequestKey, Submission};
use crate::server::Server;
use bytes::Bytes;
use futures_util::future::join_all;
use milepost_annotate::Trust;
use milepost_model::{DurationNs, Timestamp};
use milepost_slo::SILENCE;
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

/// A server and where it is in a recording.
#[derive(Debug)]
pub struct Playback<'s> {
    server: &'s Server,
    runtime: &'s Runtime,
    gaps: Gaps,
    /// What came in the second that the clock stands at, and is not handed in yet.
    waiting: Vec<(Payload, Vec<u8>)>,
    /// When anything came last.
    heard: Option<Timestamp>,
    begun: Timestamp,
    requests: u64,
    played: Played,
}

/// What becomes of time in which nothing was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gaps {
    /// It is left out.
    #[default]
    LeftOut,
    /// It passes, and sources are silent.
    Silent,
}

/// What was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Events that were counted.
    pub counted: u64,
    /// Events that had been counted before.
    pub duplicates: u64,
    /// Events that were not counted, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Requests that could not be read at all.
    pub unreadable: u64,
    /// How often time was left out.
    pub gaps: u64,
    /// Seconds that were gone through.
    pub seconds: u64,
}

const SECOND: DurationNs = DurationNs::from_seconds(1);

impl<'s> Playback<'s> {
    /// Begins at the time of the server's clock, which is held. Requests are answered on the runtime.
    pub fn new(server: &'s Server, runtime: &'s Runtime, gaps: Gaps) -> Self {
        let (waiting, played) = (Vec::new(), Played::default());
        let begun = server.shared.now();
        Self { server, runtime, gaps, waiting, heard: None, begun, requests: 0, played }
    }

    /// Hands in what came at a time, once everything before is done with; what came before the clock's time comes late.
    ///
    /// # Errors
    /// What came cannot be stored.
    pub fn play(&mut self, at: Timestamp, payload: Payload, bytes: &[u8]) -> Result<(), Refusal> {
        self.go_on_to(whole_second(at))?;
        self.heard = Some(self.now());
        match self.waiting.last_mut() {
            // Lines come together, as who follows a log hands them in.
            Some((last, lines)) if *last == payload && matches!(payload, Payload::AccessLog(_)) => {
                lines.push(b'\n');
                lines.extend_from_slice(bytes);
            }
            _ => self.waiting.push((payload, bytes.to_vec())),
        }
        Ok(())
    }

    /// Goes on until sources have been silent for as long as they may be, so that everything that came is judged.
    ///
    /// # Errors
    /// What came cannot be stored.
    pub fn finish(mut self) -> Result<Played, Refusal> {
        if let Some(heard) = self.heard {
            self.pass_to(heard.plus(SILENCE))?;
            self.round()?;
        }
        Ok(self.played)
    }

    fn now(&self) -> Timestamp {
        self.server.shared.now()
    }

    fn go_on_to(&mut self, time: Timestamp) -> Result<(), Refusal> {
        if let Some(silent) = self.heard.map(|heard| heard.plus(SILENCE))
            && self.gaps == Gaps::LeftOut
            && time > silent
        {
            self.pass_to(silent)?;
            self.round()?;
            self.played.gaps += 1;
            self.server.shared.settings.clock.move_to(time);
        }
        self.pass_to(time)
    }

    /// Lets each second pass up to a time, which begins with that.
    fn pass_to(&mut self, time: Timestamp) -> Result<(), Refusal> {
        while self.now() < time {
            self.round()?;
            // Nothing was to be seen before the first of it came.
            let next = if self.heard.is_none() { time } else { self.now().plus(SECOND).min(time) };
            self.server.shared.settings.clock.move_to(next);
        }
        Ok(())
    }

    /// Hands in what came, and does what is due.
    fn round(&mut self) -> Result<(), Refusal> {
        let waiting = std::mem::take(&mut self.waiting);
        let mut sent = Vec::new();
        for (payload, bytes) in waiting {
            let reservation = match self.server.intake.budget().try_reserve(bytes.len()) {
                Some(reservation) => reservation,
                None => {
                    // What is on its way holds the memory.
                    self.answered(std::mem::take(&mut sent))?;
                    self.server.intake.budget().try_reserve(bytes.len()).ok_or(Refusal::Busy)?
                }
            };
            self.requests += 1;
            // Two requests of a recording are two, however alike they are; and so are those of two that are played one after the other.
            let key = RequestKey::named("playback", &format!("{} of {}", self.requests, self.begun));
            let (body, trust) = (Bytes::from(bytes), Trust::Internal);
            sent.push(Submission { payload, body, key, content: None, trust, reservation, offset: None });
        }
        self.answered(sent)?;
        self.server.round();
        self.played.seconds += 1;
        Ok(())
    }

    fn answered(&mut self, sent: Vec<Submission>) -> Result<(), Refusal> {
        let intake = &self.server.intake;
        let answers = self.runtime.block_on(join_all(sent.into_iter().map(|submission| intake.submit(submission))));
        for answer in answers {
            match answer {
                Ok(Receipt { accepted, duplicates, rejected, .. }) => {
                    self.played.counted += accepted - duplicates;
                    self.played.duplicates += duplicates;
                    for (reason, count) in rejected {
                        *self.played.rejected.entry(reason).or_default() += count;
                    }
                }
                Err(Refusal::Unreadable(_)) => self.played.unreadable += 1,
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }
}

/// The first whole second that is not before a time: at it all of what came is in the past.
pub(crate) fn whole_second(time: Timestamp) -> Timestamp {
    let nanos = i64::try_from(SECOND.nanos()).unwrap_or(i64::MAX);
    Timestamp::from_nanos(time.nanos().saturating_add(nanos - 1).div_euclid(nanos).saturating_mul(nanos))
}
