//! The rounds of those who look at everything from time to time: each second where the clock goes, and when they are asked to where it is held.
//!
//! Who holds the clock moves it, asks for a round ([`Rounds::go`]), and goes on when everybody has been through one for that time. Workers take turns in
//! the order in which they were given their seats, so that each sees what those before it have made of the round.

use crate::clock::Clock;
use crate::shared::Shared;
use crate::stop::Stop;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Everybody who works in rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds(Arc<Table>);

#[derive(Debug, Default)]
struct Table {
    seats: Mutex<Vec<Seat>>,
    changed: Condvar,
}

/// How far somebody is.
#[derive(Clone, Copy, Debug, Default)]
struct Seat {
    /// Rounds that were asked for.
    asked: u64,
    /// Rounds that are done.
    done: u64,
    /// Whoever sat there is gone, and does no more.
    is_left: bool,
}

/// One worker's place among them. Dropping it leaves the table, however the worker ends.
#[derive(Debug)]
pub(crate) struct Turn {
    rounds: Rounds,
    seat: usize,
    /// The round that is going on; the first is nobody's: it begins before anybody asks.
    round: u64,
}

/// How often a worker that waits to be asked looks whether the server ends, which is told elsewhere.
const LOOK: Duration = Duration::from_millis(50);

impl Rounds {
    /// A place behind all others.
    pub(crate) fn sit(&self) -> Turn {
        let mut seats = self.seats();
        seats.push(Seat::default());
        Turn { rounds: self.clone(), seat: seats.len() - 1, round: 0 }
    }

    /// Lets each worker do a round, one after the other, and waits for it. Only of use where the clock is held: else they go by themselves.
    pub(crate) fn go(&self) {
        let mut seats = self.seats();
        // Nobody joins later than the start of the server.
        for at in 0..seats.len() {
            seats[at].asked += 1;
            self.0.changed.notify_all();
            let is_going = |seats: &mut Vec<Seat>| !seats[at].is_left && seats[at].done < seats[at].asked;
            seats = self.0.changed.wait_while(seats, is_going).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn seats(&self) -> MutexGuard<'_, Vec<Seat>> {
        self.0.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Rests until it is time for the next round; whether the server ends instead.
    pub(crate) fn rest(&mut self, shared: &Shared, every: Duration) -> bool {
        self.wait(&shared.settings.clock, &shared.stop, every)
    }

    fn wait(&mut self, clock: &Clock, stop: &Stop, every: Duration) -> bool {
        if !clock.is_held() {
            return stop.wait(every);
        }
        let table = &self.rounds.0;
        let mut seats = self.rounds.seats();
        seats[self.seat].done = self.round;
        table.changed.notify_all();
        while seats[self.seat].asked == self.round {
            if stop.is_set() {
                return true;
            }
            (seats, _) = table.changed.wait_timeout(seats, LOOK).unwrap_or_else(PoisonError::into_inner);
        }
        self.round = seats[self.seat].asked;
        stop.is_set()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.rounds.seats()[self.seat].is_left = true;
        self.rounds.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::Timestamp;
    use std::sync::Mutex;

    #[test]
    fn each_does_one_round_for_each_time_in_the_order_of_the_seats() {
        let (rounds, stop, clock) = (Rounds::default(), Stop::default(), Clock::held(Timestamp::from_seconds(0)));
        let seen = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for name in ["first", "second"] {
                let mut turn = rounds.sit();
                let (stop, clock, seen) = (&stop, &clock, &seen);
                scope.spawn(move || {
                    while !turn.wait(clock, stop, Duration::ZERO) {
                        seen.lock().unwrap().push((name, clock.now().nanos() / 1_000_000_000));
                    }
                });
            }
            for second in 1..=3 {
                clock.move_to(Timestamp::from_seconds(second));
                rounds.go();
            }
            stop.set();
        });
        let one = |second| [("first", second), ("second", second)];
        assert_eq!(seen.into_inner().unwrap(), [one(1), one(2), one(3)].concat());
    }

    #[test]
    fn nobody_waits_for_a_worker_that_has_ended() {
        let rounds = Rounds::default();
        drop(rounds.sit());
        rounds.go();
        assert_eq!(rounds.seats()[0].asked, 1);
    }
}
