//! Every Rust file begins by saying what it is for.

use super::Finding;
use crate::checkout::Checkout;

pub(crate) fn check(checkout: &Checkout) -> Vec<Finding> {
    let silent = checkout.rust().filter(|file| !file.text.starts_with("//! "));
    silent
        .map(|file| Finding::new(&file.path, 1, "must begin with `//!`: what it is for, what not, who calls it"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        let checkout = Checkout::of(&[("a.rs", "//! Reads a.\n"), ("b.rs", "use a;\n//! Late.\n")]);
        assert_eq!(lines(&check(&checkout)), ["b.rs:1: must begin with `//!`: what it is for, what not, who calls it"]);
    }
}
