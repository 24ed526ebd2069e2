//! Lists by page, each with where the next begins: by the key of an item, so that no item is given twice while others come and go.

use super::problem::Problem;
use std::fmt::Write as _;

/// Items of a page where nothing is said.
pub(super) const DEFAULT_LIMIT: usize = 100;
/// Most items of a page.
pub(super) const MAX_LIMIT: usize = 1000;

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub(super) struct Paging {
    limit: usize,
    after: Option<String>,
}

impl Paging {
    pub(super) fn new(limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Problem> {
        let limit = match limit {
            None => DEFAULT_LIMIT,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=MAX_LIMIT) => limit,
                _ => return Err(Problem::bad("limit", text, format!("it is a whole number from 1 to {MAX_LIMIT}"))),
            },
        };
        let wrong =
            |text: &str| Problem::bad("cursor", text, "it is the `next_cursor` of the page before, as it was given");
        let after = cursor.map(|text| decoded(text).ok_or_else(|| wrong(text))).transpose()?;
        Ok(Self { limit, after })
    }

    /// The wanted items of a list that is sorted by its keys, and the cursor of what follows.
    pub(super) fn of_sorted<'t, T>(&self, sorted: &'t [T], key: impl Fn(&T) -> &str) -> (&'t [T], Option<String>) {
        let start = self.after.as_deref().map_or(0, |after| sorted.partition_point(|item| key(item) <= after));
        let rest = &sorted[start..];
        let page = &rest[..rest.len().min(self.limit)];
        let next = page.last().filter(|_| rest.len() > self.limit).map(|last| encoded(key(last)));
        (page, next)
    }

    /// The wanted items of a list, sorted by their keys, and the cursor of what follows.
    pub(super) fn of<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
        items.sort_by_cached_key(|item| key(item));
        let start = self.after.as_ref().map_or(0, |after| items.partition_point(|item| key(item) <= *after));
        let mut items = items.split_off(start);
        let next = (items.len() > self.limit).then(|| encoded(&key(&items[self.limit - 1])));
        items.truncate(self.limit);
        (items, next)
    }
}

fn encoded(key: &str) -> String {
    key.bytes().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn decoded(text: &str) -> Option<String> {
    let digits = text.as_bytes();
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
    String::from_utf8((0..text.len()).step_by(2).filter_map(byte).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_together_are_the_list_though_items_go() {
        let all: Vec<String> = (0..25).map(|at| format!("{at:02}|é")).collect();
        let (first, next) = Paging::new(Some("10"), None).unwrap().of(all.clone(), Clone::clone);
        // The last item of the page is gone when the next one is asked for.
        let rest: Vec<String> = all.iter().filter(|item| **item != first[9]).cloned().collect();
        let (second, next) = Paging::new(Some("10"), next.as_deref()).unwrap().of(rest.clone(), Clone::clone);
        let (third, end) = Paging::new(Some("10"), next.as_deref()).unwrap().of(rest, Clone::clone);
        assert_eq!(([first, second, third].concat(), end), (all, None));
    }

    #[test]
    fn what_is_no_limit_and_no_cursor_is_refused() {
        for (limit, cursor) in
            [(Some("0"), None), (Some("1001"), None), (Some("x"), None), (None, Some("zz")), (None, Some(""))]
        {
            assert!(Paging::new(limit, cursor).is_err(), "{limit:?} {cursor:?}");
        }
        assert!(Paging::new(None, Some("ff")).is_err());
    }
}
