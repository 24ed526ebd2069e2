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
        /// Telemetry does not say.
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
