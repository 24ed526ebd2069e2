//! The few-valued columns of a fact, as enumerations with fixed codes.

macro_rules! codes {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $type {
                $($(#[$variant_doc])* $variant,)*
            }

            impl $type {
                /// All values, in the order of their codes.
                pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

                /// The name in expressions, files and reports.
                pub fn as_str(self) -> &'static str {
                    match self { $(Self::$variant => $text,)* }
                }

                pub(crate) fn code(self) -> u8 {
                    self as u8
                }
            }
        )*
    };
}

codes! {
    /// What an event stands for.
    Role {
        /// An attempt of its step.
        Step = "step",
        /// One of the operations of an attempt.
        Operation = "operation",
    }

    /// Who saw the event.
    Source {
        /// The service itself, or the balancer before it.
        Service = "service",
        /// The client, as the user saw it.
        Client = "client",
        /// A black-box probe.
        Probe = "probe",
        /// A join of several events.
        Flow = "flow",
    }

    /// The span kind, or that it was a log line.
    Kind {
        /// Telemetry does not say; NULL in columns.
        Unspecified = "unspecified",
        /// Work inside a service.
        Internal = "internal",
        /// A request received.
        Server = "server",
        /// A request sent.
        Client = "client",
        /// A message sent.
        Producer = "producer",
        /// A message received.
        Consumer = "consumer",
        /// A log line.
        Log = "log",
    }
}

impl Kind {
    /// The name in columns; `None` stands for NULL.
    pub(crate) fn column_text(self) -> Option<&'static str> {
        (self != Self::Unspecified).then(|| self.as_str())
    }
}

/// The texts of a column's codes; none of them stands for NULL.
pub(crate) fn texts<T: Copy>(values: &[T], text: impl Fn(T) -> &'static str) -> Vec<Option<&'static str>> {
    values.iter().map(|value| Some(text(*value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_annotate::Origin;
    use milepost_expr::FactColumn;

    /// In any order: the documentation of a column has its own.
    fn same(column: FactColumn, texts: Vec<Option<&'static str>>) {
        let mut ours: Vec<&str> = texts.into_iter().flatten().collect();
        let mut allowed = column.allowed().to_vec();
        ours.sort_unstable();
        allowed.sort_unstable();
        assert_eq!(ours, allowed, "{column}");
    }

    #[test]
    fn a_column_holds_what_expressions_may_compare_it_with_and_nothing_else() {
        same(FactColumn::Role, texts(Role::ALL, Role::as_str));
        same(FactColumn::Source, texts(Source::ALL, Source::as_str));
        same(FactColumn::Kind, Kind::ALL.iter().map(|kind| kind.column_text()).collect());
        same(FactColumn::Annotation, texts(&Origin::ALL, Origin::as_str));
    }
}
