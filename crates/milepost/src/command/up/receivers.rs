//! Flags of `milepost up` that say who is told of burns.

use anyhow::{Context as _, bail};
use clap::Args;
use milepost_server::{Address, PagerDuty, Receivers, Secret, Webhooks};
use std::env;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ReceiverFlags {
    /// Tell burn alerts to an Alertmanager, such as http://127.0.0.1:9093, by https too; again for each of several
    #[arg(long, value_name = "URL", env = "MILEPOST_ALERTMANAGER")]
    alertmanager: Vec<Address>,
    /// Make silences in each Alertmanager of the maintenance that the registry declares, so that rules of others are silent, too
    #[arg(long, env = "MILEPOST_ALERTMANAGER_SILENCES")]
    alertmanager_silences: bool,
    /// Tell each burn and its end to a webhook, as signed JSON; again for each of several
    #[arg(long, value_name = "URL", env = "MILEPOST_WEBHOOK")]
    webhook: Vec<Address>,
    /// File with the secret by which webhooks are signed
    #[arg(long, value_name = "FILE", env = "MILEPOST_WEBHOOK_SECRET_FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Let webhooks be at private, loopback and link-local addresses
    #[arg(long, env = "MILEPOST_WEBHOOK_ALLOW_PRIVATE")]
    webhook_allow_private: bool,
    /// Tell pages to the service of PagerDuty whose routing key is in a file
    #[arg(long, value_name = "FILE", env = "MILEPOST_PAGERDUTY_KEY_FILE")]
    pagerduty_key_file: Option<PathBuf>,
    /// Tell tickets to PagerDuty, too, with the severity `warning`
    #[arg(long, env = "MILEPOST_PAGERDUTY_TICKETS")]
    pagerduty_tickets: bool,
    /// Where PagerDuty takes events
    #[arg(
        long,
        value_name = "URL",
        env = "MILEPOST_PAGERDUTY_URL",
        default_value = "https://events.pagerduty.com/v2/enqueue"
    )]
    pagerduty_url: Address,
    /// Where others reach the API, for links in what is told
    #[arg(long, value_name = "URL", env = "MILEPOST_EXTERNAL_URL")]
    external_url: Option<Address>,
}

/// Secrets themselves are no flags: whoever lists processes would see them.
const WEBHOOK_SECRET: &str = "MILEPOST_WEBHOOK_SECRET";
const PAGERDUTY_KEY: &str = "MILEPOST_PAGERDUTY_KEY";

impl ReceiverFlags {
    pub(super) fn receivers(&self) -> anyhow::Result<Receivers> {
        if self.alertmanager_silences && self.alertmanager.is_empty() {
            bail!("`--alertmanager-silences` without an Alertmanager\nhelp: add `--alertmanager URL`");
        }
        Ok(Receivers {
            alertmanagers: self.alertmanager.clone(),
            alertmanager_silences: self.alertmanager_silences,
            webhooks: self.webhooks()?,
            pagerduty: self.pagerduty()?,
            external_url: self.external_url.clone(),
        })
    }

    fn webhooks(&self) -> anyhow::Result<Option<Webhooks>> {
        if self.webhook.is_empty() {
            return Ok(None);
        }
        let Some(secret) = secret(self.webhook_secret_file.as_deref(), WEBHOOK_SECRET)? else {
            bail!(
                "webhooks are signed, and nothing says by which secret\n\
                 help: openssl rand -hex 32 > FILE, and --webhook-secret-file FILE, or put it into {WEBHOOK_SECRET}"
            );
        };
        let (addresses, allow_private) = (self.webhook.clone(), self.webhook_allow_private);
        Ok(Some(Webhooks { addresses, secret, allow_private }))
    }

    fn pagerduty(&self) -> anyhow::Result<Option<PagerDuty>> {
        let routing_key = secret(self.pagerduty_key_file.as_deref(), PAGERDUTY_KEY)?;
        let (address, tells_tickets) = (self.pagerduty_url.clone(), self.pagerduty_tickets);
        Ok(routing_key.map(|routing_key| PagerDuty { address, routing_key, tells_tickets }))
    }
}

/// A secret of a file, else of a variable.
fn secret(file: Option<&Path>, variable: &str) -> anyhow::Result<Option<Secret>> {
    match (file, env::var(variable)) {
        (Some(path), _) => {
            Secret::read(path).map(Some).with_context(|| format!("`{}` holds no secret", path.display()))
        }
        (None, Ok(text)) if !text.is_empty() => {
            Secret::new(&text).map(Some).with_context(|| format!("the variable {variable} holds no secret"))
        }
        _ => Ok(None),
    }
}
