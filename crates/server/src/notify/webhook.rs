//! Webhooks: each news is one signed request, which whoever gets it can check and know again.

use super::burn::{Burn, News};
use super::details::details;
use super::listener::Outcome;
use super::receivers::Webhooks;
use super::round::Round;
use crate::outbound::Address;
use crate::outbound::Reach;
use crate::outbound::Secret;
use crate::outbound::{Answer, Content, Post};
use ring::hmac;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A webhook.
#[derive(Debug)]
pub(super) struct Webhook {
    address: Address,
    secret: Secret,
    reach: Reach,
    external: String,
}

/// The version of the body; what is added to it changes nothing of it.
const VERSION: u32 = 1;

impl Webhook {
    /// Those of settings.
    pub(super) fn all(webhooks: &Webhooks, external: &str) -> Vec<Self> {
        let reach = if webhooks.allow_private { Reach::Anywhere } else { Reach::Public };
        let one = |address: &Address| Self {
            address: address.clone(),
            secret: webhooks.secret.clone(),
            reach,
            external: external.to_owned(),
        };
        webhooks.addresses.iter().map(one).collect()
    }

    /// Which it is, without its path, which may be secret.
    pub(super) fn id(&self) -> String {
        format!("webhook {}", hex(&Sha256::digest(self.address.to_string())[..16]))
    }

    pub(super) fn name(&self) -> String {
        format!("webhook of {}", self.address.origin())
    }

    /// The request that tells some news.
    pub(super) fn letter(&self, round: &Round<'_>, burn: &Burn, news: News) -> Post<'_> {
        let delivery = burn.delivery(news);
        let mut body = details(burn, news, round, &self.external);
        (body["version"], body["id"]) = (VERSION.into(), delivery.clone().into());
        let body = body.to_string();
        let headers = vec![
            ("x-milepost-delivery", delivery),
            ("x-milepost-signature", signature(&self.secret, round.now.nanos() / 1_000_000_000, &body)),
        ];
        Post { address: &self.address, path: "", reach: self.reach, headers, content: Content::Json(body) }
    }

    /// What an answer means. Nearly everything is tried again: what a receiver refuses today, an edit of it takes tomorrow.
    pub(super) fn outcome(answer: &Answer) -> Outcome {
        match answer.status {
            200..300 => Outcome::Taken,
            410 => Outcome::Never,
            429 | 503 => Outcome::Busy,
            _ => Outcome::Refused,
        }
    }
}

/// `t=SECONDS,v1=HEX`: the HMAC with SHA-256 of the seconds, a dot and the body, so that neither can be used with another.
fn signature(secret: &Secret, seconds: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.reveal().as_bytes());
    let tag = hmac::sign(&key, format!("{seconds}.{body}").as_bytes());
    format!("t={seconds},v1={}", hex(tag.as_ref()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A string takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_programs_compute() {
        let secret = Secret::new("0123456789abcdef").unwrap();
        // printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
        let expected = "9eb18f493f8ec135d9eb2dad817c369bb4e9cbfa818657897a7437c1cd8c3a23";
        assert_eq!(signature(&secret, 1_700_000_000, "{\"a\":1}"), format!("t=1700000000,v1={expected}"));
    }
}
