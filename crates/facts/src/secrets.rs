//! Credentials and e-mail addresses in what telemetry brings, which must not be kept.
//!
//! Every name that telemetry adds goes through here before it has an id, so nothing later ever sees one. It is no search for all that could
//! be secret: it knows the forms that credentials have by design, and words that follow what announces one.

use std::borrow::Cow;

/// Stands for what is left out; a parameter where it is a part of a route.
const REDACTED: &str = "{redacted}";
/// How credentials begin whose issuers mark them, each with the least length of the whole.
const MARKED: [(&str, usize); 26] = [
    ("eyJ", 20),
    ("ya29.", 20),
    ("AIza", 30),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 20),
    ("npm_", 30),
    ("pypi-", 30),
    ("xoxb-", 15),
    ("xoxp-", 15),
    ("xoxa-", 15),
    ("xoxs-", 15),
    ("sk_live_", 16),
    ("sk_test_", 16),
    ("rk_live_", 16),
    ("sk-", 24),
    ("whsec_", 16),
    ("SG.", 30),
    ("hvs.", 20),
    ("mp_telemetry_", 20),
    ("mp_read_", 20),
    ("mp_write_", 20),
];
/// How the ids of keys of a large cloud begin, which are 20 capitals and digits.
const CLOUD_KEYS: [&str; 6] = ["AKIA", "ASIA", "AGPA", "AIDA", "AROA", "ANPA"];
/// Words after which a credential follows, in small letters.
const ANNOUNCED_BY: [&str; 14] = [
    "bearer",
    "basic",
    "passwd",
    "pwd",
    "passphrase",
    "authorization",
    "signature",
    "cookie",
    "credential",
    "credentials",
    "session",
    "session_id",
    "session-id",
    "sid",
];
/// Endings of words after which a credential follows, in small letters: `db_password`, `X-Api-Key`.
const ANNOUNCED_BY_ENDING: [&str; 9] =
    ["password", "secret", "token", "api_key", "apikey", "api-key", "private_key", "sessionid", "sessid"];
/// What stands before the body of a private key.
const PRIVATE_KEY: &str = "PRIVATE KEY-----";
/// Least length of an announced word that is taken for a credential; shorter ones are words of a sentence.
const SHORTEST: usize = 6;
/// Least length of a word that is taken for one by its look alone.
const OPAQUE: usize = 24;
/// More of a text is not looked at, and not kept.
const LONGEST_TEXT: usize = 1024;

/// The text without the credentials and addresses in it.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    let text = bounded(text);
    if let Some(at) = text.find(PRIVATE_KEY) {
        let before = redacted(&text[..at]).into_owned();
        return Cow::Owned(before + PRIVATE_KEY + REDACTED);
    }
    let mut clean = String::new();
    let (mut kept, mut before, mut start) = (0, "", 0);
    let ends =
        text.char_indices().filter(|(_, character)| ends_word(*character)).map(|(at, c)| (at, at + c.len_utf8()));
    for (end, next) in ends.chain([(text.len(), text.len())]) {
        let word = &text[start..end];
        if !word.is_empty() {
            let text_before = &text[..start];
            if is_secret(word) || is_announced(word, before, text_before) || is_placed(word, before, text_before) {
                clean.push_str(&text[kept..start]);
                clean.push_str(REDACTED);
                kept = end;
            }
            before = word;
        }
        start = next;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    clean.push_str(&text[kept..]);
    Cow::Owned(clean)
}

/// Whether a word has the form of a credential that its issuer marks.
pub fn is_credential(word: &str) -> bool {
    let is_key = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    MARKED.iter().any(|(start, least)| word.len() >= *least && word.starts_with(start))
        || word.len() == 20 && CLOUD_KEYS.iter().any(|start| word.starts_with(start)) && is_key(word)
}

/// As much of a text as is looked at, without a word that would be cut.
fn bounded(text: &str) -> &str {
    if text.len() <= LONGEST_TEXT {
        return text;
    }
    let end = (0..=LONGEST_TEXT).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let text = &text[..end];
    text.rfind(ends_word).map_or("", |end| &text[..end])
}

fn ends_word(character: char) -> bool {
    character.is_whitespace() || "/?&=,;:\"'`()<>{}[]|\\".contains(character)
}

fn is_secret(word: &str) -> bool {
    is_credential(word) || is_address(word) || is_opaque(word)
}

/// `local@domain.tld`, the sign in the middle also as `%40`, also when that was encoded once more.
fn is_address(word: &str) -> bool {
    let Some((local, domain)) = ["@", "%40", "%2540"].iter().find_map(|sign| word.split_once(sign)) else {
        return false;
    };
    let ending = domain.rsplit_once('.').map_or("", |(_, ending)| ending);
    !local.is_empty() && ending.len() >= 2 && ending.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A long word in which capitals, small letters and several digits are mixed, as nobody writes names.
fn is_opaque(word: &str) -> bool {
    let count = |is: fn(&u8) -> bool| word.bytes().filter(is).count();
    word.len() >= OPAQUE
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'~'))
        && count(u8::is_ascii_digit) >= 3
        && count(u8::is_ascii_uppercase) >= 3
        && count(u8::is_ascii_lowercase) >= 3
}

/// Whether what comes before says that this is a credential: `Bearer abc`, `password=abc`.
fn is_announced(word: &str, before: &str, text_before: &str) -> bool {
    let is_scheme = |text: &str| ["bearer", "basic"].iter().any(|scheme| text.eq_ignore_ascii_case(scheme));
    let ends = |ending: &&str| {
        let tail = before.len().checked_sub(ending.len()).and_then(|at| before.get(at..));
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(ending))
    };
    let says_so = ANNOUNCED_BY.iter().any(|announced| before.eq_ignore_ascii_case(announced))
        || ANNOUNCED_BY_ENDING.iter().any(ends);
    // `token expired` and `Basic authentication` are words of a sentence; `token=expired` is a credential, whatever it is.
    let follows = if is_scheme(before) {
        text_before.ends_with(' ') && !word.bytes().all(|b| b.is_ascii_lowercase())
    } else {
        text_before.trim_end_matches([' ', '"', '\'']).ends_with(['=', ':'])
    };
    says_so && follows && word.len() >= SHORTEST && !is_scheme(word)
}

/// Whether a credential stands in this place of an address: `//user:here@host`, `/services/T0123/B0123/here`.
fn is_placed(word: &str, before: &str, text_before: &str) -> bool {
    let up_to = |sign: char| text_before.strip_suffix(sign).and_then(|text| text.strip_suffix(before));
    let is_user = || word.contains('@') && up_to(':').is_some_and(|text| text.ends_with("//"));
    let is_id = |text: &str, first: char| {
        text.len() > SHORTEST
            && text.starts_with(first)
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let is_webhook = || {
        let team = up_to('/').and_then(|text| text.strip_suffix('/')).and_then(|text| text.rsplit('/').next());
        is_id(before, 'B') && team.is_some_and(|team| is_id(team, 'T'))
    };
    word.len() >= SHORTEST && word != "redacted" && (is_user() || is_webhook())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn credentials_and_addresses_are_left_out() {
        for (text, expected) in [
            ("web GET /reset/alice@example.com", "web GET /reset/{redacted}"),
            ("web GET /reset/alice%40example.com/now", "web GET /reset/{redacted}/now"),
            ("no account alice.b+c@mail.example.org, sorry", "no account {redacted}, sorry"),
            ("Authorization: Bearer abc.def-123", "Authorization: Bearer {redacted}"),
            ("password=hunter22&next=1", "password={redacted}&next=1"),
            ("key AKIAIOSFODNN7EXAMPLE was refused", "key {redacted} was refused"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "{redacted}"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "{redacted}"),
            ("https://user:pa55word@db.example.com/x", "https://user:{redacted}/x"),
            ("mp_telemetry_0123456789abcdef", "{redacted}"),
            ("password: hunter22", "password: {redacted}"),
            ("{\"password\": \"hunter22\"}", "{\"password\": \"{redacted}\"}"),
            ("DB_PASSWORD=hunter22 sessionid=abcdefg", "DB_PASSWORD={redacted} sessionid={redacted}"),
            ("X-Api-Key: abcdefg", "X-Api-Key: {redacted}"),
            ("https://user:pa55word@db/x", "https://user:{redacted}/x"),
            (
                "chat POST /services/T01234567/B01234567/abcdefghijkl",
                "chat POST /services/T01234567/B01234567/{redacted}",
            ),
            ("-----BEGIN PRIVATE KEY-----MIIEvQ/IBADANBg", "-----BEGIN PRIVATE KEY-----{redacted}"),
            ("alice%2540example.com", "{redacted}"),
            ("wJalrXUtnFEMI7K7MDENG1bPxRfiCYEXAMPLEKEY", "{redacted}"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn names_stay_as_they_are() {
        for text in [
            "webmail POST /messages/{message}",
            "mail.v1.Outbox/Enqueue",
            "message incoming-mail",
            "org.springframework.security.oauth2.OAuth2AuthorizationException",
            "token expired",
            "session expired",
            "mail POST /services/THE/BEST/choice",
            "12:30 o'clock",
            "invalid password for this account",
            "Basic authentication",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
            "@angular/core",
            "a@b",
            "2.4.0-rc.1",
            "eyJ",
            "",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn a_long_text_is_not_cut_within_an_address() {
        let text = format!("{}alice@example.com", "ab ".repeat(LONGEST_TEXT / 3));
        assert!(!redacted(&text).contains("alice"), "{}", redacted(&text));
    }

    proptest! {
        #[test]
        fn what_is_redacted_is_not_redacted_again(text in "([a-zA-Z0-9@./=: é]|bearer |token=|eyJ|@a.bc){0,60}") {
            let once = redacted(&text).into_owned();
            prop_assert_eq!(redacted(&once), once.as_str());
        }
    }
}
