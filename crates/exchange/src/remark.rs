//! What of an SLO is not exported as it stands, and why.

use milepost_slo::Slo;
use std::fmt;

/// Something that the other format cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The product.
    pub product: String,
    /// The SLO.
    pub slo: String,
    /// Whether it is left out altogether.
    pub is_left_out: bool,
    /// Why, and what was done.
    pub why: String,
}

/// All of them, by SLO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks(Vec<Remark>);

impl Remarks {
    /// In the order of the registry.
    pub fn iter(&self) -> impl Iterator<Item = &Remark> {
        self.0.iter()
    }

    /// How many SLOs are left out.
    pub fn left_out(&self) -> usize {
        self.0.iter().filter(|remark| remark.is_left_out).count()
    }

    /// Whether an SLO is left out.
    pub(crate) fn is_left_out(&self, slo: &Slo) -> bool {
        let is_of = |remark: &&Remark| remark.product == slo.product.as_str() && remark.slo == slo.name.as_str();
        self.0.iter().filter(is_of).any(|remark| remark.is_left_out)
    }

    /// Forgets what is only exported in another form.
    pub(crate) fn only_left_out(&mut self) {
        self.0.retain(|remark| remark.is_left_out);
    }

    /// The SLO is not exported.
    pub(crate) fn leave_out(&mut self, product: &str, slo: impl fmt::Display, why: impl Into<String>) {
        self.0.push(Remark { product: product.to_owned(), slo: slo.to_string(), is_left_out: true, why: why.into() });
    }

    /// The SLO is exported in another form.
    pub(crate) fn change(&mut self, slo: &Slo, why: impl Into<String>) {
        let (product, slo) = (slo.product.to_string(), slo.name.to_string());
        self.0.push(Remark { product, slo, is_left_out: false, why: why.into() });
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.is_left_out { "left out" } else { "note" };
        write!(f, "{what}: SLO `{}` of `{}`: {}", self.slo, self.product, self.why)
    }
}
