//! Silences in an Alertmanager that follow the maintenance of the registry: made, changed and ended by version 2 of its API.
//!
//! What there is, is asked for each time, so that nothing has to be remembered, and a restart of either side changes nothing. Silences that others
//! made are never touched.

use super::silence::{Present, Wanted};
use crate::outbound::{Address, Call, CallError, Client, Patience};
use axum::http::Method;
use std::time::{Duration, Instant};

/// An Alertmanager, and what it was last made to have.
#[derive(Debug)]
pub(super) struct Silencer {
    address: Address,
    kept: Option<Vec<Wanted>>,
    again_at: Instant,
    patience: Patience,
    error: Option<String>,
}

/// How often it is looked whether all is as it should be: somebody may have ended one by hand, or it may have forgotten them.
const AGAIN: Duration = Duration::from_secs(60);

/// Why silences are not as they should be.
#[derive(Debug, thiserror::Error)]
enum SilenceError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("its answer is not one of Alertmanager: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Silencer {
    pub(super) fn new(address: Address) -> Self {
        Self { address, kept: None, again_at: Instant::now(), patience: Patience::default(), error: None }
    }

    /// Why it does not have what it should.
    pub(super) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// Makes it have what is wanted of some products, when that is new, or due.
    pub(super) async fn keep(&mut self, client: &Client, wanted: &[Wanted], products: &[String]) {
        let now = Instant::now();
        let is_due = now >= self.again_at || self.kept.as_deref() != Some(wanted);
        if !self.patience.is_over(now) || (!self.patience.is_needed() && !is_due) {
            return;
        }
        match self.reconcile(client, wanted, products).await {
            Ok(()) => {
                (self.kept, self.again_at, self.error) = (Some(wanted.to_vec()), Instant::now() + AGAIN, None);
                self.patience.succeed();
            }
            Err(error) => {
                self.patience.fail(Instant::now(), None);
                let why = format!("{}: silences: {error}", self.address);
                tracing::warn!(error = why, "maintenance could not be told as silences");
                self.error = Some(why);
            }
        }
    }

    async fn reconcile(&self, client: &Client, wanted: &[Wanted], products: &[String]) -> Result<(), SilenceError> {
        let answer = client.call(self.call(Method::GET, "/api/v2/silences", String::new())).await?;
        let mut present: Vec<Present> = serde_json::from_slice(&answer)?;
        present.retain(|silence| silence.is_ours(|product| products.iter().any(|known| known == product)));
        for silence in wanted {
            let place = present.iter().position(|present| present.key() == silence.key);
            let known = place.map(|place| present.swap_remove(place));
            if known.as_ref().is_some_and(|known| silence.is(known)) {
                continue;
            }
            let body = serde_json::to_string(&silence.told(known.as_ref().map(|known| known.id.as_str())))?;
            client.call(self.call(Method::POST, "/api/v2/silences", body)).await?;
        }
        // What is left is of maintenance that is no more, or stands twice.
        for silence in &present {
            let path = format!("/api/v2/silence/{}", silence.id);
            client.call(self.call(Method::DELETE, &path, String::new())).await?;
        }
        Ok(())
    }

    fn call(&self, method: Method, path: &str, body: String) -> Call<'_> {
        Call { address: &self.address, method, path: path.to_owned(), body }
    }
}
