//! The people of a product: its stakeholders, and who does what.

use super::check_duplicates;
use super::words::read_names;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::reader::{Fields, Reader};
use crate::source::{Place, Spanned};
use crate::suggest::did_you_mean;
use crate::yaml::Node;
use milepost_model::{Name, Role, Stakeholder};

/// Most stakeholders and activities of a product: each is looked up by name, and somebody has to know them all.
const MAX_PEOPLE: usize = 200;

/// One row of the RACI matrix as written.
#[derive(Debug)]
pub(crate) struct DeclaredResponsibility {
    pub(crate) activity: String,
    pub(crate) accountable: Option<Spanned<Name>>,
    pub(crate) responsible: Vec<Spanned<Name>>,
    pub(crate) consulted: Vec<Spanned<Name>>,
    pub(crate) informed: Vec<Spanned<Name>>,
}

impl DeclaredResponsibility {
    /// Everybody in the row.
    pub(crate) fn people(&self) -> impl Iterator<Item = &Spanned<Name>> {
        self.accountable.iter().chain(&self.responsible).chain(&self.consulted).chain(&self.informed)
    }
}

/// A stakeholder is a role, or a mapping of `name:`, `role:` and `contact:`.
pub(super) fn read_stakeholders(node: &Node, reader: &mut Reader<'_>) -> Vec<Stakeholder> {
    let help = "list those who have a say: `stakeholders: [product-manager, {name: web-team, role: engineering}]`";
    let items = reader.filled_list(node, "`stakeholders`", help);
    let items = reader.at_most(MAX_PEOPLE, items, node, "`stakeholders`");
    let read: Vec<(Spanned<Name>, Option<Role>, Option<String>)> =
        items.iter().filter_map(|item| read_stakeholder(item, reader)).collect();
    check_duplicates(read.iter().map(|(name, ..)| name), "stakeholder", reader);
    // Without its role a stakeholder is known all the same, so that naming it is no second mistake.
    let with_role = |(name, role, contact): (Spanned<Name>, Option<Role>, _)| Stakeholder {
        name: name.value,
        role: role.unwrap_or(Role::ProductManager),
        contact,
    };
    read.into_iter().map(with_role).collect()
}

fn read_stakeholder(item: &Node, reader: &mut Reader<'_>) -> Option<(Spanned<Name>, Option<Role>, Option<String>)> {
    if !item.is_map() {
        let name = reader.name(item, "the name of a stakeholder")?;
        let role = name.value.as_str().parse::<Role>().ok();
        if role.is_none() {
            let message = format!("stakeholder `{}` has no role", name.value);
            let help = format!("write `{{name: {}, role: engineering}}`, or a role alone; {}", name.value, roles(""));
            reader.report(Diagnostic::new(Code::NoRole, name.place.clone(), message).help(help));
        }
        return Some((name, role, None));
    }
    let mut fields = reader.fields(item, "a stakeholder")?;
    let name = fields.required("name", reader, "name the team or role: `name: web-team`");
    let name = name.and_then(|n| reader.name(n, "the name of a stakeholder"));
    let role = fields.required("role", reader, &format!("say what it brings: {}", roles("")));
    let role = role.and_then(|n| read_role(n, reader));
    let contact = fields.optional_prose("contact", reader);
    fields.finish(reader);
    Some((name?, role, contact))
}

fn read_role(node: &Node, reader: &mut Reader<'_>) -> Option<Role> {
    let text = reader.text(node, "`role`")?;
    let role = text.parse().ok();
    if role.is_none() {
        let message = format!("{} is not a role", crate::quote::quote(text));
        reader.report(Diagnostic::new(Code::NoRole, reader.place(node), message).help(roles(text)));
    }
    role
}

fn roles(text: &str) -> String {
    did_you_mean(text, &Role::ALL.map(Role::as_str))
}

/// Activities, each with who is accountable, responsible, consulted and informed.
pub(super) fn read_responsibilities(node: &Node, reader: &mut Reader<'_>) -> Vec<DeclaredResponsibility> {
    let Some(mut fields) = reader.fields(node, "`responsibilities`") else { return Vec::new() };
    let mut rows = Vec::new();
    let entries = fields.rest();
    if entries.len() > MAX_PEOPLE {
        let message = format!("`responsibilities` has {} activities", entries.len());
        let help = format!("write at most {MAX_PEOPLE}");
        reader.report(Diagnostic::new(Code::TooLarge, reader.key_place(node), message).help(help));
    }
    for (_, key, value) in entries.into_iter().take(MAX_PEOPLE) {
        let Some(activity) = reader.prose(key, "an activity") else { continue };
        let place = reader.place(key);
        rows.extend(read_row(activity, &place, value, reader));
    }
    rows
}

fn read_row(activity: String, place: &Place, node: &Node, reader: &mut Reader<'_>) -> Option<DeclaredResponsibility> {
    let mut fields = reader.fields(node, format!("activity {}", crate::quote::quote(&activity)))?;
    let accountable = read_accountable(&mut fields, &activity, place, reader);
    let people = |key, fields: &mut Fields<'_>, reader: &mut Reader<'_>| {
        fields.optional(key).map_or_else(Vec::new, |n| read_names(n, key, "stakeholder", reader))
    };
    let responsible = people("responsible", &mut fields, reader);
    let consulted = people("consulted", &mut fields, reader);
    let informed = people("informed", &mut fields, reader);
    fields.finish(reader);
    Some(DeclaredResponsibility { activity, accountable, responsible, consulted, informed })
}

/// Exactly one is accountable: with none nobody decides, with two each waits for the other.
fn read_accountable(
    fields: &mut Fields<'_>,
    activity: &str,
    place: &Place,
    reader: &mut Reader<'_>,
) -> Option<Spanned<Name>> {
    let help = "name exactly one stakeholder who answers for it: `accountable: product-manager`";
    let is_written = fields.has("accountable");
    let Some(node) = fields.optional("accountable") else {
        if !is_written {
            let message = format!("nobody is accountable for {}", crate::quote::quote(activity));
            reader.report(Diagnostic::new(Code::NotOneAccountable, place.clone(), message).help(help));
        }
        return None;
    };
    let items = reader.list(node, "`accountable`");
    let names: Vec<_> = items.iter().filter_map(|n| reader.name(n, "the name of a stakeholder")).collect();
    if items.len() != 1 && !node.is_map() {
        let message = match items.len() {
            0 => format!("nobody is accountable for {}", crate::quote::quote(activity)),
            many => format!("{many} are accountable for {}", crate::quote::quote(activity)),
        };
        let help = match items.len() {
            0 => help.to_owned(),
            _ => format!("{help}; who only does the work is `responsible`"),
        };
        reader.report(Diagnostic::new(Code::NotOneAccountable, reader.place(node), message).help(help));
    }
    names.into_iter().next()
}
