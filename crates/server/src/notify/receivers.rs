//! Who is told of burns, as settings say it.

use crate::outbound::Address;
use crate::outbound::Secret;

/// Everybody who is told.
#[derive(Clone, Debug, Default)]
pub struct Receivers {
    /// Alertmanagers, each by what stands before `/api/v2/alerts`.
    pub alertmanagers: Vec<Address>,
    /// Maintenance of the registry becomes silences in them.
    pub alertmanager_silences: bool,
    /// Whoever takes a signed request.
    pub webhooks: Option<Webhooks>,
    /// A service of PagerDuty.
    pub pagerduty: Option<PagerDuty>,
    /// Where others reach the API, for links.
    pub external_url: Option<Address>,
}

/// Webhooks, all of one secret.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// Where requests go.
    pub addresses: Vec<Address>,
    /// By which they are signed.
    pub secret: Secret,
    /// They may be where only this machine or its network gets to.
    pub allow_private: bool,
}

/// A service of PagerDuty, by version 2 of its Events API.
#[derive(Clone, Debug)]
pub struct PagerDuty {
    /// Where events are taken.
    pub address: Address,
    /// Which service they are for.
    pub routing_key: Secret,
    /// Tickets are told, too, and not pages alone.
    pub tells_tickets: bool,
}

impl Receivers {
    /// Whether there is nobody.
    pub fn is_empty(&self) -> bool {
        self.alertmanagers.is_empty() && self.webhooks.is_none() && self.pagerduty.is_none()
    }
}
