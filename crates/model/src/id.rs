//! Positions in the lists of one registry, which stand for names while events are handled.
//!
//! Valid for one version of one registry and never written anywhere: outside of memory a thing goes by its name.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $name(u32);

            impl $name {
                /// The id of a position in its list.
                ///
                /// # Panics
                /// At four thousand million entries, which no registry within its bounds can have.
                pub fn new(index: usize) -> Self {
                    Self(u32::try_from(index).expect("a registry has fewer than 2^32 entries"))
                }

                /// The position in its list.
                pub fn index(self) -> usize {
                    self.0 as usize
                }

                /// The position as it is held in columns.
                pub fn raw(self) -> u32 {
                    self.0
                }
            }
        )*
    };
}

ids! {
    /// A step.
    StepId,
    /// An objective.
    ObjectiveId,
    /// A traffic class.
    ClassId,
    /// A declared operation.
    OperationId,
    /// An annotation rule.
    RuleId,
}
