//! The product model: domain types that hold their invariants once built.
//!
//! Knows nothing of files, telemetry formats, clocks or storage; time comes in as a value. Everything else in the
//! project is written in these words.
#![deny(missing_docs)]

mod amount;
mod class;
mod criticality;
mod date;
mod fit;
mod id;
mod log_format;
mod name;
mod no_such_day;
mod objective;
mod operation;
mod outcome;
mod product;
mod service;
mod share;
mod stakeholder;
mod status;
mod step;
mod target;
mod time;

pub use amount::{Amount, AmountError};
pub use class::TrafficClass;
pub use criticality::{Criticality, CriticalitySource, EffectiveCriticality};
pub use date::{Date, DateError};
pub use fit::{FitAnswer, FitAssessment, FitRequirement, InfrastructureOption, Met};
pub use id::{ClassId, ObjectiveId, OperationId, RuleId, StepId};
pub use log_format::{LogFormat, LogFormatError, LogPiece, LogTemplate, LogVariable, ValueEnd};
pub use name::{Name, NameError, StepPath};
pub use no_such_day::NoSuchDay;
pub use objective::{Objective, StepUse};
pub use operation::{Action, HttpMethod, Operation, OperationError, PathTemplate, Segment, Specificity, TemplateError};
pub use outcome::{Outcome, OutcomeTable, StatusPattern, StatusPatternError};
pub use product::{Dimension, DimensionSource, Kpi, Product};
pub use service::{Sampling, Service, Signal};
pub use share::{Share, ShareError};
pub use stakeholder::{Responsibility, Role, Stakeholder};
pub use status::{GrpcStatus, SpanStatus};
pub use step::{Condition, Dependency, Need, Stage, Step};
pub use target::{Target, TargetError};
pub use time::{DurationError, DurationNs, Minute, TimeError, Timestamp};
