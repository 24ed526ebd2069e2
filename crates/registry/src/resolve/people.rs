//! People: everybody who is named is a stakeholder, owners are those who decide about the product, and confirm it from time to time.

use super::Resolver;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::documents::people::DeclaredResponsibility;
use crate::documents::product::DeclaredProduct;
use crate::documents::{Declared, Header};
use crate::quote::quote;
use crate::source::{Place, Spanned};
use crate::suggest::{did_you_mean, or_else};
use milepost_model::{Date, Name, Role};
use std::collections::HashMap;

/// The people of one product.
struct People<'m> {
    written: &'m DeclaredProduct,
    roles: HashMap<&'m str, Role>,
    /// Whether it was said that there are none.
    told: bool,
}

/// Whom documents name, by product.
struct Staff<'m>(HashMap<&'m Name, People<'m>>);

impl Resolver<'_> {
    pub(super) fn check_people(&mut self, declared: &Declared) {
        let mut staff = Staff::new(&declared.products);
        for product in &declared.products {
            let name = &product.product.name;
            for person in product.responsibilities.iter().flat_map(DeclaredResponsibility::people) {
                self.stakeholder(&mut staff, name, person);
            }
            if let Some(owner) = &product.owner {
                self.check_owner(&staff, name, owner);
            }
            self.check_confirmed(product);
        }
        for objective in &declared.objectives {
            let Some(product) = &objective.header.belongs else { continue };
            if let Some(owner) = &objective.owner {
                self.check_owner(&staff, product, owner);
            }
            if let Some(date) = &objective.reconfirm_by {
                let what = format!("objective `{}`", objective.header.name.value);
                self.check_due(&what, objective.owner.as_ref().map_or("", |o| &o.value), date);
            }
        }
        for step in &declared.steps {
            if let (Some(product), Some(owner)) = (&step.header.belongs, &step.owner) {
                self.check_owner(&staff, product, owner);
            }
        }
        self.check_signatures(declared, &mut staff);
    }

    fn check_signatures(&mut self, declared: &Declared, staff: &mut Staff<'_>) {
        for policy in &declared.severity {
            let Some(product) = &policy.header.belongs else { continue };
            if !policy.has_signed_off {
                self.not_signed_off(&policy.header);
            }
            let Some(signed) = &policy.signed_off else { continue };
            let sides = [
                (&signed.product, "product", "product manager or UX", Role::defines_product as fn(Role) -> bool),
                (&signed.engineering, "engineering", "engineering or SRE", Role::builds_product),
            ];
            for (signer, side, right, is_of_side) in sides {
                let Some(signer) = signer else { continue };
                let Some(role) = self.stakeholder(staff, product, signer) else { continue };
                if !is_of_side(role) {
                    let message = format!("`{}` has signed for {side}, and is {role}", signer.value);
                    let diagnostic = Diagnostic::new(Code::SignerRole, signer.place.clone(), message);
                    self.found.push(diagnostic.help(format!("name a stakeholder who is {right}")));
                }
            }
            self.check_done("signed off", signed.on.as_ref());
        }
        for policy in &declared.budgets {
            let Some(product) = &policy.header.belongs else { continue };
            for person in &policy.agreed_by {
                self.stakeholder(staff, product, person);
            }
            self.check_done("agreed", policy.agreed_on.as_ref());
        }
        for assessment in &declared.fit {
            let Some(product) = &assessment.header.belongs else { continue };
            for person in &assessment.assessed_by {
                self.stakeholder(staff, product, person);
            }
            self.check_done("assessed", assessment.assessed_on.as_ref());
        }
    }

    /// The role of somebody whom a document names; reported when it is no stakeholder of the product.
    fn stakeholder(&mut self, staff: &mut Staff<'_>, product: &Name, person: &Spanned<Name>) -> Option<Role> {
        let people = staff.0.get_mut(product)?;
        if let Some(role) = people.roles.get(person.value.as_str()) {
            return Some(*role);
        }
        if people.written.has_stakeholders {
            self.stranger(people, person.value.as_str(), &person.place);
        } else if !std::mem::replace(&mut people.told, true) {
            let message = format!("product `{product}` has no stakeholders, and people are named in it");
            let diagnostic = Diagnostic::new(Code::NoStakeholders, people.written.place.clone(), message);
            let help = "list them: `stakeholders: [product-manager, {name: web-team, role: engineering}]`";
            self.found.push(diagnostic.related(person.place.clone(), "such as here").help(help));
        }
        None
    }

    fn stranger(&mut self, people: &People<'_>, name: &str, place: &Place) {
        // Nobody could be read, which was reported.
        if people.roles.is_empty() {
            return;
        }
        let mut known: Vec<&str> = people.roles.keys().copied().collect();
        known.sort_unstable();
        let message = format!("{} is no stakeholder of product `{}`", quote(name), people.written.product.name);
        // Whoever has that role now may be meant: `product-manager` has become `{name: anna, role: product-manager}`.
        let mut of_role = people.roles.iter().filter(|(_, role)| role.as_str() == name).map(|(person, _)| *person);
        let suggestion = match (of_role.next(), of_role.next()) {
            (Some(only), None) => format!("did you mean `{only}`, whose role is `{name}`?"),
            _ => did_you_mean(name, &known),
        };
        let help = or_else(&suggestion, "add them to the product's `stakeholders`");
        self.found.push(Diagnostic::new(Code::UnknownStakeholder, place.clone(), message).help(help));
    }

    /// An owner decides what the product is; without stakeholders any text may name one.
    fn check_owner(&mut self, staff: &Staff<'_>, product: &Name, owner: &Spanned<String>) {
        let Some(people) = staff.0.get(product).filter(|people| people.written.has_stakeholders) else { return };
        let Some(role) = people.roles.get(owner.value.as_str()) else {
            return self.stranger(people, &owner.value, &owner.place);
        };
        if !role.defines_product() {
            let message = format!("owner {} is {role}, who does not decide what the product is", quote(&owner.value));
            let deciding = people.written.product.stakeholders.iter().filter(|s| s.role.defines_product());
            let known: Vec<&str> = deciding.map(|s| s.name.as_str()).collect();
            let help = match known.is_empty() {
                true => "add a stakeholder whose role is `product-manager` or `ux`, and name that one".to_owned(),
                false => format!("name a product manager or UX; {}", crate::suggest::choices(&known)),
            };
            self.found.push(Diagnostic::new(Code::OwnerRole, owner.place.clone(), message).help(help));
        }
    }

    fn check_confirmed(&mut self, product: &DeclaredProduct) {
        if let Some(date) = &product.reconfirm_by {
            let what = format!("product `{}`", product.product.name);
            return self.check_due(&what, &product.product.owner, date);
        }
        if product.has_stakeholders && !product.has_reconfirm_by {
            let message =
                format!("nothing says until when the owner of product `{}` has confirmed it", product.product.name);
            let place = product.owner.as_ref().map_or(&product.place, |owner| &owner.place);
            let diagnostic = Diagnostic::new(Code::Unconfirmed, place.clone(), message);
            self.found.push(diagnostic.help("add the day by which they look at it again: `reconfirmBy: 2027-01-31`"));
        }
    }

    fn check_due(&mut self, what: &str, owner: &str, date: &Spanned<Date>) {
        if self.today.is_none_or(|today| date.value >= today) {
            return;
        }
        let by = if owner.is_empty() { String::new() } else { format!(" by {}", quote(owner)) };
        let message = format!("{what} was to be confirmed again{by} until {}", date.value);
        let diagnostic = Diagnostic::new(Code::Unconfirmed, date.place.clone(), message);
        let help = "ask the owner whether it still stands as it is written, and then move the day";
        self.found.push(diagnostic.help(help));
    }

    pub(super) fn check_done(&mut self, what: &str, date: Option<&Spanned<Date>>) {
        let (Some(today), Some(date)) = (self.today, date) else { return };
        if date.value > today {
            let message = format!("it is said to be {what} on {}, which is still to come", date.value);
            let diagnostic = Diagnostic::new(Code::NotYet, date.place.clone(), message);
            self.found.push(diagnostic.help(format!("write the day on which it was done; today is {today} in UTC")));
        }
    }

    fn not_signed_off(&mut self, header: &Header) {
        let message = format!("nobody has signed off severity policy `{}`", header.name.value);
        let diagnostic = Diagnostic::new(Code::NotSignedOff, header.name.place.clone(), message);
        let help =
            "once both agree, add `signedOff: {product: product-manager, engineering: web-team, on: 2026-01-31}`";
        self.found.push(diagnostic.help(help));
    }
}

impl<'m> Staff<'m> {
    fn new(products: &'m [DeclaredProduct]) -> Self {
        let mut staff = HashMap::new();
        for written in products {
            let stakeholders = written.product.stakeholders.iter();
            let roles = stakeholders.map(|s| (s.name.as_str(), s.role)).collect();
            staff.entry(&written.product.name).or_insert(People { written, roles, told: false });
        }
        Self(staff)
    }
}
