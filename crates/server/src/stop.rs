//! The end of the server, told to everything that runs: whoever waits for something else waits for this, too.

use std::pin::pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Whether the server ends. Once it does, it does for good.
#[derive(Debug, Default)]
pub struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
    told: Notify,
}

impl Stop {
    /// Whether the server ends.
    pub fn is_set(&self) -> bool {
        *self.lock()
    }

    /// Waits so long, or until the server ends; whether it does.
    pub fn wait(&self, longest: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lock(), longest, |is_set| !*is_set);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits until the server ends, without a thread.
    pub async fn ended(&self) {
        let mut told = pin!(self.told.notified());
        // Listens before it looks, so that an end in between is heard.
        told.as_mut().enable();
        if !self.is_set() {
            told.await;
        }
    }

    /// Ends the server.
    pub(crate) fn set(&self) {
        *self.lock() = true;
        self.changed.notify_all();
        self.told.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{Future as _, poll_fn};
    use std::task::Poll;
    use std::time::Instant;

    #[test]
    fn whoever_waits_hears_of_the_end_at_once_and_ever_after() {
        let stop = Stop::default();
        assert!(!stop.wait(Duration::ZERO));
        let began = Instant::now();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| stop.wait(Duration::from_secs(60)));
            stop.set();
            assert!(waits.join().unwrap());
        });
        assert!(stop.wait(Duration::from_secs(60)) && stop.is_set());
        assert!(began.elapsed() < Duration::from_secs(60));
    }

    #[test]
    fn whoever_awaits_hears_of_the_end_on_any_thread_and_ever_after() {
        let stop = Stop::default();
        let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
        std::thread::scope(|scope| {
            let (waiting, waits) = flume::bounded(0);
            let awaits = scope.spawn(|| {
                let stop = &stop;
                runtime().block_on(async move {
                    let mut ended = pin!(stop.ended());
                    poll_fn(|context| {
                        assert!(ended.as_mut().poll(context).is_pending());
                        waiting.send(()).unwrap();
                        Poll::Ready(())
                    })
                    .await;
                    ended.await;
                });
            });
            waits.recv().unwrap();
            stop.set();
            awaits.join().unwrap();
        });
        runtime().block_on(stop.ended());
    }
}
