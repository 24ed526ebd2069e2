//! What the table is made of: mappings, their fields, and the shapes of values.

/// A mapping of known keys.
pub(super) struct Mapping {
    /// The name of its table in the reference.
    pub(super) name: &'static str,
    /// What its keys are keys of, for the head of that table; nothing for the `spec` of a kind.
    pub(super) of: Option<&'static str>,
    pub(super) fields: &'static [Field],
    /// Keys beside those of `fields`: the beginnings that they may have, and what their values are.
    pub(super) open: Option<(&'static [&'static str], Shape)>,
    pub(super) rules: &'static [Rule],
}

/// One key of a mapping.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) need: Need,
    pub(super) shape: Shape,
    /// What it means, in one line of Markdown that begins in lower case and ends without a stop.
    pub(super) meaning: &'static str,
    /// A value, as people would write it in YAML.
    pub(super) example: &'static str,
    /// What holds where it is left out.
    pub(super) default: Option<&'static str>,
}

/// Whether a key must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
    /// As a rule of the mapping has it, or something outside of the document; in words.
    When(&'static str),
}

/// What ties the keys of a mapping to each other.
pub(super) enum Rule {
    /// Exactly one of these is there.
    OneOf(&'static [&'static str]),
    /// At least one of these is there.
    AnyOf(&'static [&'static str]),
    /// With the first, the second is there.
    With(&'static str, &'static str),
    /// Where the key has one of the values, another is there.
    Needs { key: &'static str, values: &'static [&'static str], needed: &'static str },
    /// Where the key has one of the values, another is not there.
    Excludes { key: &'static str, values: &'static [&'static str], excluded: &'static str },
}

/// What a value looks like.
pub(super) enum Shape {
    /// Text for people.
    Prose,
    /// Text of a form.
    Text(&'static Form),
    /// One of a few words.
    Choice(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Flag,
    /// A whole number above 0.
    Count,
    List(&'static List),
    Mapping(&'static Mapping),
    /// A mapping whose keys are texts of a form.
    Map(&'static Form, &'static Shape),
    /// What a document says, which depends on its kind.
    Spec,
    /// Any of several shapes.
    Any(&'static [Shape]),
}

/// A list; where an item is text, the item alone stands for a list of one.
pub(super) struct List {
    pub(super) items: Shape,
    /// Fewest and most items.
    pub(super) size: (u64, Option<u64>),
    /// Whether each item stands there once.
    pub(super) distinct: bool,
    /// Whether a mapping alone stands for a list of one, too.
    pub(super) single: bool,
}

/// The form of a text.
pub(super) struct Form {
    /// What it is, with its article.
    pub(super) what: &'static str,
    /// Fits every text of the form, in the dialect of JSON Schema; nothing where any text may be one.
    pub(super) pattern: Option<&'static str>,
    /// Types beside text that YAML may take it for.
    pub(super) also: &'static [&'static str],
    /// Bounds of those that YAML takes for numbers, in the words of JSON Schema.
    pub(super) bounds: &'static [(&'static str, u64)],
}

impl Mapping {
    /// A mapping whose keys are all known and independent of each other.
    pub(super) const fn new(name: &'static str, of: Option<&'static str>, fields: &'static [Field]) -> Self {
        Self { name, of, fields, open: None, rules: &[] }
    }

    /// With what ties its keys to each other.
    pub(super) const fn rules(mut self, rules: &'static [Rule]) -> Self {
        self.rules = rules;
        self
    }
}

impl Field {
    pub(super) const fn required(
        name: &'static str,
        shape: Shape,
        meaning: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, need: Need::Required, shape, meaning, example, default: None }
    }

    pub(super) const fn optional(
        name: &'static str,
        shape: Shape,
        meaning: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, need: Need::Optional, shape, meaning, example, default: None }
    }

    /// With what holds where it is left out.
    pub(super) const fn default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// Needed in some cases; in words.
    pub(super) const fn when(mut self, when: &'static str) -> Self {
        self.need = Need::When(when);
        self
    }
}

impl List {
    /// A list that may be empty and whose items may repeat.
    pub(super) const fn of(items: Shape) -> Self {
        Self { items, size: (0, None), distinct: false, single: false }
    }

    /// With at least one item.
    pub(super) const fn filled(mut self) -> Self {
        self.size.0 = 1;
        self
    }

    /// With each item once.
    pub(super) const fn distinct(mut self) -> Self {
        self.distinct = true;
        self
    }

    /// Or a mapping alone.
    pub(super) const fn or_single(mut self) -> Self {
        self.single = true;
        self
    }
}
