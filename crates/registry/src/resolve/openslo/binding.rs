//! SLOs of OpenSLO bound to the step that their annotations name, and to the service that they are grouped under.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::openslo::{Bound, DeclaredOpenSlo, OpenHeader};
use crate::quote::quote;
use crate::resolve::Resolver;
use crate::resolve::reference::Sort;
use crate::suggest::choices;
use milepost_model::Name;
use milepost_slo::open::Binding;

impl Resolver<'_> {
    /// The step that an SLO is bound to.
    pub(super) fn binding(&mut self, header: &OpenHeader) -> Option<Binding> {
        let Bound { step, method, kind, has_step, .. } = &header.bound;
        if !has_step {
            self.report_unbound(header);
        }
        let product = self.product_of(header)?;
        let path = step.as_ref()?;
        self.known_path(&product, path)?;
        Some(Binding { product, path: path.value.clone(), method: method.unwrap_or_default(), kind: *kind })
    }

    fn report_unbound(&mut self, header: &OpenHeader) {
        let name = &header.name;
        let line = match (&header.bound.near_step, header.bound.has_annotations) {
            (Some(key), _) => format!("did you mean `milepost/step` by {}? Write `milepost/step: STEP`", quote(key)),
            (None, true) => "add `milepost/step: STEP` to its `annotations`".to_owned(),
            (None, false) => "add `annotations: {milepost/step: STEP}` to its `metadata`".to_owned(),
        };
        let steps = match &self.products[..] {
            [only] => {
                let product = only.name.clone();
                format!("STEP {}", choices(&self.names(Sort::Step, &product)).trim_start_matches("it "))
            }
            _ => "STEP is a step, or `objective/step`".to_owned(),
        };
        let message = format!("SLO `{}` does not say which step it is about", name.value);
        let diagnostic = Diagnostic::new(Code::Unbound, name.place.clone(), message);
        self.found.push(diagnostic.help(format!("{line}; {steps}")));
    }

    /// The product that the annotations name, or the only one.
    fn product_of(&mut self, header: &OpenHeader) -> Option<Name> {
        let names: Vec<String> = self.products.iter().map(|p| p.name.to_string()).collect();
        match (&header.bound.product, &names[..]) {
            (Some(named), _) if names.iter().any(|name| name == named.value.as_str()) => Some(named.value.clone()),
            (Some(named), _) => self.unknown_product(&named.value.clone(), named.place.clone(), &names),
            (None, [only]) => Name::new(only).ok(),
            (None, []) => None,
            (None, _) => {
                if let Some(step) = &header.bound.step {
                    let message = format!("SLO `{}` does not say to which product its step belongs", header.name.value);
                    let help = format!("add `milepost/product:` to its annotations; {}", choices(&names));
                    self.found.push(Diagnostic::new(Code::WhichProduct, step.place.clone(), message).help(help));
                }
                None
            }
        }
    }

    pub(super) fn check_service(&mut self, slo: &DeclaredOpenSlo, services: &[String]) {
        let Some(service) = &slo.service else { return };
        let name = service.value.as_str();
        if services.binary_search_by(|known| known.as_str().cmp(name)).is_ok() || self.may_be_unread(name) {
            return;
        }
        let message = format!("no document describes service {}", quote(name));
        let help = match self.known.nearest(name, services) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "add a document of `kind: Service` with this name, of OpenSLO or of Milepost".to_owned(),
        };
        self.found.push(Diagnostic::new(Code::Undescribed, service.place.clone(), message).help(help));
    }
}
