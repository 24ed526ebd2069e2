//! Who uses the mail example: people at their mailboxes, a synthetic check, probes, crawlers and scanners.
//!
//! They know nothing of servers but whether an answer came.

use super::pages::{
    CHECK_SPELLING, Claim, HEALTH, LOGIN, LOOKUP_ADDRESSES, NOWHERE, OPEN_COMPOSE_DIALOG, OPEN_INBOX, OPEN_MESSAGE,
    Page, SAVE_DRAFT, SEND_MAIL,
};
use super::servers::{Case, EU_WEST, Request, Servers, US_EAST};
use super::{FIRST_US, LAST_US, MINUTE_US, SECOND_US, at};
use crate::generate::random::{Latency, Random};

const BROWSERS: [&str; 6] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36",
];
const SYNTHETIC: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/143.0.7499.4 Safari/537.36";
const PROBE: &str = "kube-probe/1.34";
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const SCANNER: &str = "Mozilla/5.0 zgrab/0.x";

/// Paths that a scanner tries one after the other, most of them with the user agent of a browser.
const GUESSES: [&str; 8] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/phpmyadmin/index.php",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/actuator/env",
    "/owa/auth/logon.aspx",
    "/backup.zip",
];
const CRAWLED: [&str; 4] = ["/robots.txt", "/", "/help", "/press"];

const SESSIONS: u64 = 208;
const MAILS: u64 = 105;
/// Until somebody does the next thing.
const THINKING: Latency = Latency::of_ms(9_000, 0.7);
const READING: Latency = Latency::of_ms(22_000, 0.7);
/// Until the next letters are typed.
const TYPING: Latency = Latency::of_ms(1_200, 0.5);
/// Until somebody clicks Send again.
const PATIENCE: Latency = Latency::of_ms(12_000, 0.6);

/// Counted from the first: the opened message that is not there. One in a thousand is what the SLO allows.
const GONE_MESSAGE: u32 = 600;
/// Counted from the first: requests whose annotation a program on the way has spoilt, or a newer client has written.
const SPOILT_ANNOTATION: u32 = 40;
const NEWER_ANNOTATION: u32 = 90;

/// Everybody, and what has been done so far.
#[derive(Debug)]
pub(super) struct People {
    random: Random,
    pub(super) servers: Servers,
    messages: u32,
    annotations: u32,
}

/// Somebody at their mailbox.
#[derive(Clone, Copy, Debug)]
struct Person {
    region: &'static str,
    agent: &'static str,
    /// The cohort that the browser writes into annotations, where the client is new enough to write any.
    cohort: Option<u64>,
    now_us: u64,
}

impl People {
    pub(super) fn new(random: Random, servers: Servers) -> Self {
        Self { random, servers, messages: 0, annotations: 0 }
    }

    /// The whole hour.
    pub(super) fn live(&mut self) {
        for _ in 0..SESSIONS {
            self.session();
        }
        for _ in 0..MAILS {
            let (region, start) = (self.region(), FIRST_US + self.random.below(LAST_US - FIRST_US));
            self.servers.deliver(region, start);
        }
        for run in 0..12 {
            self.synthetic_check(run);
        }
        self.probes();
        self.crawl();
    }

    fn region(&mut self) -> &'static str {
        if self.random.chance(667) { EU_WEST } else { US_EAST }
    }

    /// Somebody looks into their inbox, reads, and perhaps writes.
    fn session(&mut self) {
        // Some have begun before the hour, so that its first minutes are like all others.
        let begun = FIRST_US - 6 * MINUTE_US;
        let mut person = Person {
            region: self.region(),
            agent: self.random.pick(&BROWSERS),
            cohort: self.random.chance(120).then(|| self.random.below(128)),
            now_us: begun + self.random.below(LAST_US - begun),
        };
        if self.random.chance(150) {
            self.login(&mut person);
        }
        self.ask(&mut person, &OPEN_INBOX, Case::Usual);
        self.pause(&mut person, THINKING);
        for _ in 0..2 + self.random.below(8) {
            self.open_message(&mut person);
            self.pause(&mut person, READING);
        }
        if self.random.chance(520) {
            self.compose(&mut person);
        }
        if self.random.chance(250) {
            self.ask(&mut person, &OPEN_INBOX, Case::Usual);
        }
    }

    fn login(&mut self, person: &mut Person) {
        if self.random.chance(120) {
            self.ask(person, &LOGIN, Case::WrongPassword);
            self.pause(person, THINKING);
        }
        self.ask(person, &LOGIN, Case::Usual);
    }

    fn open_message(&mut self, person: &mut Person) {
        let happens = (FIRST_US..LAST_US).contains(&person.now_us);
        self.messages += u32::from(happens);
        let gone = happens && self.messages == GONE_MESSAGE;
        self.ask(person, &OPEN_MESSAGE, if gone { Case::MessageGone } else { Case::Usual });
    }

    fn compose(&mut self, person: &mut Person) {
        self.ask(person, &OPEN_COMPOSE_DIALOG, Case::Usual);
        self.pause(person, THINKING);
        for _ in 0..1 + self.random.below(3) {
            let dropped = self.random.chance(30);
            self.ask(person, &LOOKUP_ADDRESSES, if dropped { Case::Dropped } else { Case::Usual });
            self.pause(person, TYPING);
        }
        for _ in 0..self.random.below(3) {
            self.pause(person, THINKING);
            self.ask(person, &CHECK_SPELLING, Case::Usual);
        }
        if self.random.chance(400) {
            self.ask(person, &SAVE_DRAFT, Case::Usual);
        }
        self.pause(person, THINKING);
        let mut sent = self.ask(person, &SEND_MAIL, Case::Usual);
        let mut tries = 1;
        while !sent && tries < 4 && self.random.chance(700) {
            self.pause(person, PATIENCE);
            sent = self.ask(person, &SEND_MAIL, Case::Usual);
            tries += 1;
        }
    }

    fn pause(&mut self, person: &mut Person, latency: Latency) {
        person.now_us += self.random.duration_us(latency);
    }

    /// Asks for a page and waits for the answer; tells whether it was one.
    fn ask(&mut self, person: &mut Person, page: &'static Page, case: Case) -> bool {
        let (path, annotation) = (self.path(page), self.annotation(person, page));
        let (end, answered) = self.servers.answer(&Request {
            page,
            path,
            region: person.region,
            agent: person.agent,
            annotation: annotation.as_deref(),
            case,
            start_us: person.now_us,
        });
        person.now_us = end;
        answered
    }

    fn path(&mut self, page: &Page) -> String {
        match page.route {
            Some("/messages/{message}") => format!("/messages/{}", 100 + self.random.below(900)),
            route => route.unwrap_or("/").to_owned(),
        }
    }

    /// What the browser says that the request is for.
    fn annotation(&mut self, person: &Person, page: &Page) -> Option<String> {
        let Claim { objective, step, criticality } = page.step?;
        let cohort = person.cohort?;
        self.annotations += 1;
        let version = if self.annotations == NEWER_ANNOTATION { 2 } else { 1 };
        let interaction = self.random.number() as u32;
        let whole = format!("{version}.mail.{objective}.{step}.interactive.{criticality}.{cohort}.{interaction:08x}");
        let spoilt = self.annotations == SPOILT_ANNOTATION;
        Some(if spoilt { format!("1.mail.{objective}.{step}") } else { whole })
    }

    /// A browser without a screen walks through both objectives, in turn in each region.
    fn synthetic_check(&mut self, run: u64) {
        let region = if run.is_multiple_of(2) { EU_WEST } else { US_EAST };
        let now_us = FIRST_US + run * 5 * MINUTE_US + 30 * SECOND_US;
        let mut check = Person { region, agent: SYNTHETIC, cohort: None, now_us };
        for page in [&LOGIN, &OPEN_INBOX, &OPEN_MESSAGE, &OPEN_COMPOSE_DIALOG, &LOOKUP_ADDRESSES, &SEND_MAIL] {
            // Once somebody had emptied the mailbox that the check reads.
            let case = if run == 9 && page.route == OPEN_MESSAGE.route { Case::MessageGone } else { Case::Usual };
            self.ask(&mut check, page, case);
            check.now_us += SECOND_US;
        }
    }

    /// The orchestrator asks each instance every five minutes whether it is well.
    fn probes(&mut self) {
        for minute in (0..60).step_by(5) {
            for (region, instance) in [(EU_WEST, 0), (EU_WEST, 1), (US_EAST, 0), (US_EAST, 1)] {
                let start_us = FIRST_US + minute * MINUTE_US + (7 + 11 * u64::from(instance)) * SECOND_US;
                let path = "/healthz".to_owned();
                let case = Case::Instance(instance);
                self.servers.answer(&Request {
                    page: &HEALTH,
                    path,
                    region,
                    agent: PROBE,
                    annotation: None,
                    case,
                    start_us,
                });
            }
        }
    }

    fn crawl(&mut self) {
        let mut ask = |region, agent, path: &str, start_us| {
            let (path, case) = (path.to_owned(), Case::Usual);
            self.servers.answer(&Request { page: &NOWHERE, path, region, agent, annotation: None, case, start_us });
        };
        for (number, path) in (0..).zip(CRAWLED) {
            ask(EU_WEST, CRAWLER, path, at(14, 26) + number * 4 * SECOND_US);
        }
        for (number, path) in (0..).zip(GUESSES) {
            let agent = if number == 0 { SCANNER } else { BROWSERS[0] };
            ask(US_EAST, agent, path, at(14, 11) + number * SECOND_US / 3);
        }
    }
}
