//! Maintenance: one record by which time is taken out of error budgets and alerts are silent.

use crate::{Correction, SloScope};
use milepost_model::{Minute, Name, Timestamp};

/// Work that was announced, or other time of which somebody has agreed that it is not to count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// The product it belongs to.
    pub product: Name,
    /// Its name, unique in the product.
    pub name: Name,
    /// What people call it.
    pub title: String,
    /// When it is, why, and who says so.
    pub correction: Correction,
    /// Which SLOs it is about.
    pub scope: SloScope,
    /// Its time counts neither way; otherwise only alerts are silent.
    pub is_excluded: bool,
    /// Nobody is told of burns while it lasts; otherwise only its time is taken out.
    pub is_silent: bool,
}

impl Maintenance {
    /// Whether it is going on: within one of its stretches of whole minutes.
    pub fn is_on(&self, at: Timestamp) -> bool {
        let minute = at.minute();
        let within = crate::Period::new(minute, Minute::new(minute.number() + 1));
        !self.correction.periods(within).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Category, Sponsors, When};

    #[test]
    fn it_is_on_from_its_first_whole_minute_to_its_last() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let sponsors =
            Sponsors { reason: "disks".to_owned(), author: "web-team".to_owned(), approver: "sre".to_owned() };
        let when = When::Once { from: at("2026-01-31T22:00:30Z"), to: at("2026-01-31T22:03:30Z") };
        let name = Name::new("mail").unwrap();
        let maintenance = Maintenance {
            product: name.clone(),
            name,
            title: String::new(),
            correction: Correction::new(when, Category::Maintenance, sponsors, at("2026-01-31T00:00Z")).unwrap(),
            scope: SloScope::default(),
            is_excluded: true,
            is_silent: true,
        };
        let on = ["22:00:59", "22:01:00", "22:02:59", "22:03:00"]
            .map(|time| maintenance.is_on(at(&format!("2026-01-31T{time}Z"))));
        assert_eq!(on, [false, true, true, false]);
    }
}
