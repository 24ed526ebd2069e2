//! The table of diagnostic codes: one row each, never reused, shared by command line, API and docs.
//!
//! Each row has a page `docs/diagnostics/CODE.md` that explains it to somebody who has never seen the code; the pages are part of the binary.

use crate::diagnostic::Severity;
use crate::quote::quote;
use crate::suggest::nearest;
use std::fmt;
use std::str::FromStr;

/// What the letters of codes stand for, in the order in which they are listed.
const AREAS: &[(char, &str)] = &[
    ('Y', "The file and its shape"),
    ('N', "Names and references"),
    ('M', "The model"),
    ('E', "Expressions"),
    ('A', "Annotation rules"),
    ('S', "SLOs"),
    ('P', "People"),
    ('C', "Severity and criticality"),
    ('F', "Flows"),
    ('B', "Error budgets and alerts"),
    ('O', "OpenSLO documents"),
    ('I', "Documents of other tools, brought in"),
];

/// Codes that are no longer reported, and why: their numbers are never given again.
const RETIRED: &[(&str, &str)] = &[("MPY013", "OpenSLO documents are checked like all others")];

macro_rules! codes {
    ($($name:ident = $text:literal, $severity:ident, $meaning:literal;)*) => {
        /// What kind of mistake a diagnostic reports: `MP`, an area letter, three digits.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(
                #[doc = $meaning]
                $name,
            )*
        }

        impl Code {
            /// All codes, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as people quote it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether the registry can be used all the same.
            pub fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it reports, in one line.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning,)* }
            }

            /// The page that explains it, in Markdown: what it means and why it matters, a wrong and a right example, how to decide.
            pub fn page(self) -> &'static str {
                match self { $(Self::$name => include_str!(concat!("../../../docs/diagnostics/", $text, ".md")),)* }
            }
        }
    };
}

codes! {
    Unreadable = "MPY001", Error, "A file or folder of the registry cannot be read.";
    Syntax = "MPY002", Error, "A file is not valid YAML.";
    TooLarge = "MPY003", Error, "A file nests too deep or expands to too much.";
    Tag = "MPY004", Error, "A value has a YAML tag; registries use none.";
    ApiVersion = "MPY005", Error, "A document has no `apiVersion` that Milepost reads.";
    Kind = "MPY006", Error, "A document has no `kind` that Milepost knows.";
    UnknownKey = "MPY007", Error, "A key is not one that belongs here.";
    DuplicateKey = "MPY008", Error, "A key stands twice in one mapping.";
    MissingKey = "MPY009", Error, "A key that must be there is missing.";
    WrongShape = "MPY010", Error, "A value has another shape than it must: text, list or mapping.";
    BadName = "MPY011", Error, "A name is not a lower-case label.";
    BadValue = "MPY012", Error, "A value is not one of those that are allowed here.";
    Empty = "MPY014", Error, "A registry has no documents, or none of a product.";

    DuplicateDocument = "MPN001", Error, "Two documents of one kind have the same name.";
    UnknownProduct = "MPN002", Error, "A document names a product that does not exist.";
    WhichProduct = "MPN003", Error, "A document does not say to which of several products it belongs.";
    UnknownStep = "MPN004", Error, "A step is named that does not exist.";
    UnknownObjective = "MPN005", Error, "An objective is named that does not exist.";
    NotAStepOf = "MPN006", Error, "A step is named within an objective that does not use it.";
    UnknownService = "MPN007", Error, "A service is named that does not exist.";
    UnknownOperation = "MPN008", Error, "An operation is named that its service does not offer.";
    UnknownClass = "MPN009", Error, "A traffic class is named that does not exist.";

    UnusedOperation = "MPM001", Warning, "A service offers an operation that no step uses.";
    UnusedStep = "MPM002", Warning, "A step belongs to no objective.";
    Unmeasured = "MPM003", Warning, "A step has SLOs or is live, but no measuring point: nothing can be counted.";
    BadOperation = "MPM004", Error, "A text is not an operation.";
    TwoOutcomes = "MPM005", Error, "A status code means two outcomes of one step.";
    DuplicateEntry = "MPM006", Error, "A list has the same entry twice.";
    NotBefore = "MPM007", Error, "A step comes after one that the objective does not use.";
    BadStatus = "MPM008", Error, "A text is not a status code.";
    Circular = "MPM009", Error, "The steps of an objective come after each other in a circle.";
    SharedMeasure = "MPM010", Warning, "Several steps are measured at one operation, and nothing tells their attempts apart.";
    DimensionsDiffer = "MPM011", Error, "Two products find a dimension of one name in different places.";
    TwoSpellings = "MPM012", Error, "Two steps are measured at one operation that is written in two ways.";
    Unreachable = "MPM020", Error, "A step of an objective cannot be reached from where the objective begins.";
    SecondOfOne = "MPM021", Error, "A product has two documents of a kind of which it has one.";
    OtherProduct = "MPM022", Error, "A document names something of another product.";
    LongAnnotation = "MPM023", Warning, "The annotation of a step is longer than requests should carry.";
    UnmetWithoutPlan = "MPM024", Warning, "A requirement of the model is not met in full, and nothing is planned.";
    Placeholder = "MPM025", Warning, "A text is still the one that `milepost init` wrote.";

    BadExpression = "MPE001", Error, "An expression is not one that an SLO can use.";

    BadPattern = "MPA001", Error, "A pattern or path of a rule is not valid.";
    NoMatch = "MPA002", Error, "A rule looks at nothing, so it would match everything.";
    NoResult = "MPA003", Error, "A rule gives neither step nor class.";
    NoAssumption = "MPA004", Error, "A rule gives a step without saying what it assumes.";
    RulesDisagree = "MPA005", Error, "Two rules of equal rank give different steps to the same requests.";
    NeverAnAttempt = "MPA006", Warning, "A rule gives a step at which nothing it can match is measured.";
    EmptyTraceRule = "MPA007", Error, "A trace rule does not say which calls identify the attempt.";
    LiteralSegment = "MPA008", Warning, "A path has a `*` or `:name`, which stand for themselves.";
    CountedTwice = "MPA009", Warning, "A step is measured at an operation and by a trace rule, so that attempts may count twice.";
    NoSuchService = "MPA010", Warning, "A rule looks for a service that the registry does not have.";
    MethodSlip = "MPA011", Warning, "An HTTP method is nearly one that clients send.";
    NetworkAsText = "MPA012", Warning, "A rule compares an address with a network, which fits none.";

    BadTarget = "MPS001", Error, "A target is not a share strictly between 0 and 1.";
    MissingThreshold = "MPS002", Error, "An SLO lacks the threshold that its type needs.";
    NeedlessThreshold = "MPS003", Error, "An SLO has a threshold that its type does not use.";
    MissingGood = "MPS004", Error, "An SLO does not say which events are good.";
    BadWindow = "MPS005", Error, "A window is not one that can be measured.";
    NoFacts = "MPS006", Note, "An SLO counts a source that this version does not read yet.";
    NoDurations = "MPS007", Warning, "An SLO looks at durations, and the log that it is measured by has none.";
    LowTarget = "MPS008", Warning, "A target promises less than half, as if it were the budget.";

    Unbound = "MPO001", Warning, "An OpenSLO SLO does not say which step it is about.";
    UnknownObject = "MPO002", Error, "An OpenSLO document refers to one that does not exist.";
    EitherOr = "MPO003", Error, "Of keys that stand for each other, none is there or too many are.";
    NotCompared = "MPO004", Error, "A threshold metric is not compared with exactly one value.";
    NoEffect = "MPO005", Warning, "A part of an OpenSLO document has no effect.";
    Undescribed = "MPO006", Warning, "An OpenSLO document names a service or data source that no document describes.";
    PolicyUnjudged = "MPO007", Note, "An alert policy of an OpenSLO document is not judged as it is written.";

    NoCounterpart = "MPI001", Warning, "A part of another tool's document has no counterpart in OpenSLO.";
    LeftOut = "MPI002", Warning, "An SLO of another tool cannot be brought in.";

    NoRole = "MPP001", Error, "A stakeholder has no role, or none that is known.";
    UnknownStakeholder = "MPP002", Error, "Somebody is named who is no stakeholder of the product.";
    NotOneAccountable = "MPP003", Error, "An activity has nobody who is accountable, or several.";
    Unconfirmed = "MPP004", Warning, "The owner of a product or objective has to confirm it again.";
    OwnerRole = "MPP005", Warning, "An owner is neither product manager nor UX.";
    NoStakeholders = "MPP006", Warning, "People are named in a product that has no stakeholders.";
    SignerRole = "MPP007", Warning, "Somebody has signed for a side that is not theirs.";
    NotYet = "MPP008", Warning, "Something is said to be done on a day that is still to come.";

    BadImpact = "MPC001", Error, "A text is not a threshold of impact.";
    UnknownLevel = "MPC002", Error, "A level is named that the severity policy does not have.";
    Unreached = "MPC003", Warning, "No severity rule is about a step that users use.";
    Contradiction = "MPC004", Warning, "A declared criticality is not what a total outage would imply.";
    EmptyScope = "MPC005", Warning, "A severity rule names a tag that no step has.";
    NotSignedOff = "MPC006", Warning, "Nobody has signed off a severity policy.";
    UnknownKpi = "MPC007", Error, "A KPI is named that the product does not have.";
    NoAmounts = "MPC008", Warning, "A severity rule is about a KPI of which no step tells an amount.";

    NoSuccess = "MPF001", Error, "A flow has no end that is a success.";
    EndIsStart = "MPF002", Error, "An end of a flow is its start.";
    UnknownFlowKey = "MPF003", Error, "A flow is joined by something that facts do not keep.";
    TwoFlows = "MPF004", Error, "Two flows measure one step.";
    UnexpectedSource = "MPF005", Warning, "A flow does not expect a source that its facts come from.";

    NeverFires = "MPB001", Error, "A tier of burn alerts can never fire.";
    BadTier = "MPB002", Error, "A tier of burn alerts has windows that do not work.";
    TailSampled = "MPB003", Error, "An SLO about availability counts a source that is sampled by outcome.";
    BeforeSettled = "MPB004", Error, "A tier of burn alerts looks at less time than its source needs to settle.";
    TwoBudgetPolicies = "MPB005", Error, "Two error budget policies apply to one SLO.";
    UnknownSlo = "MPB006", Error, "An SLO is named that does not exist.";
    EmptyBudgetPolicy = "MPB007", Warning, "An error budget policy applies to no SLO.";
    BeyondOutage = "MPB008", Warning, "A tier of burn alerts waits for more than an outage spends at even traffic.";
    Floored = "MPB009", Warning, "A tier of burn alerts in rate form waits for more than its share.";
    BadMaintenance = "MPB010", Error, "A maintenance says what cannot be.";
    EmptyMaintenance = "MPB011", Warning, "A maintenance applies to no SLO.";
}

/// A text that is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    text: String,
    near: Option<Code>,
    /// Why it is no longer one, if it was.
    retired: Option<&'static str>,
}

impl Code {
    /// The letter of its area.
    pub fn area(self) -> char {
        self.as_str().chars().nth(2).unwrap_or_default()
    }

    /// What its area is about; the letter alone where nobody has said it.
    pub fn area_title(self) -> &'static str {
        let title = AREAS.iter().find(|(letter, _)| *letter == self.area());
        title.map_or_else(|| &self.as_str()[2..3], |(_, title)| title)
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    /// Reads `MPN004`, in any case; the letter of area `O` may be a zero.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let meant = text.trim().to_ascii_uppercase();
        let meant = meant.strip_prefix("MP0").map_or_else(|| meant.clone(), |number| format!("MPO{number}"));
        if let Some(code) = Self::ALL.iter().find(|code| code.as_str() == meant) {
            return Ok(*code);
        }
        let retired = RETIRED.iter().find(|(code, _)| *code == meant);
        let known: Vec<&str> = Self::ALL.iter().map(|code| code.as_str()).collect();
        let near = nearest(text, &known).and_then(|near| Self::ALL.iter().find(|code| code.as_str() == near));
        Err(UnknownCode {
            text: quote(text),
            near: near.copied().filter(|_| retired.is_none()),
            retired: retired.map(|(_, why)| *why),
        })
    }
}

impl UnknownCode {
    /// The code that was probably meant.
    pub fn near(&self) -> Option<Code> {
        self.near
    }
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retired {
            Some(why) => write!(f, "diagnostic code {} is no longer reported: {why}", self.text),
            None => write!(f, "there is no diagnostic code {}", self.text),
        }
    }
}

impl std::error::Error for UnknownCode {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_written_once_and_in_form() {
        let mut seen: std::collections::BTreeSet<&str> = RETIRED.iter().map(|(code, _)| *code).collect();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} stands twice");
            let (area, number) = text.strip_prefix("MP").unwrap().split_at(1);
            assert!(area.chars().all(|c| c.is_ascii_uppercase()), "{text}");
            assert!(number.len() == 3 && number.parse::<u16>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_code_is_found_in_any_case_and_a_slip_is_mended() {
        assert_eq!("mpn004".parse(), Ok(Code::UnknownStep));
        assert_eq!(" MPN004\n".parse(), Ok(Code::UnknownStep));
        assert_eq!("MP0001".parse(), Ok(Code::Unbound));
        let near = |text: &str| text.parse::<Code>().unwrap_err().near();
        assert_eq!(near("MPN04"), Some(Code::UnknownStep));
        assert_eq!(near("NPN004"), Some(Code::UnknownStep));
        assert_eq!(near("E0308"), None);
        assert_eq!("\u{1b}[2J".parse::<Code>().unwrap_err().to_string(), "there is no diagnostic code `\\u{1b}[2J`");
    }

    #[test]
    fn a_retired_code_says_so() {
        let error = "MPY013".parse::<Code>().unwrap_err();
        let said = "diagnostic code `MPY013` is no longer reported: OpenSLO documents are checked like all others";
        assert_eq!((error.to_string(), error.near()), (said.to_owned(), None));
    }

    #[test]
    fn an_area_has_a_title() {
        assert_eq!((Code::UnknownStep.area(), Code::UnknownStep.area_title()), ('N', "Names and references"));
    }
}
