//! A small language for examples of severity: steps, rules, what is seen for how long, and the level that is expected then.
//!
//! ```text
//! step NAME [TAG...] [moves KPI] [tolerates SHARE]    a live step; 1 % is tolerated where nothing is said
//! rule LEVEL any|> SHARE of all|tags T...|steps S...|criticality C...|kpi K... [pooled]
//! for DURATION [every DURATION]                evaluations, each second where nothing is said
//!     STEP ATTEMPTS [failed N] [timeout N] [slow N] [expected N least N] [kept NxV] [bad NxV] [usual NxV] [| the same for 30 minutes]
//!     STEP silent
//! expect STEP|pool LEVEL|none
//! expect STEP criticality critical|important|none
//! ```
//!
//! What attempts are worth is written as so many that are worth so much each: of those that went well, of those that failed, and as a rule. Without any of that
//! each success counts as one.

use milepost_impact::Tolerated;
use milepost_impact::severity::{Evidence, Judge, KpiEvidence, SeverityPlan};
use milepost_impact::{
    Attempts, Expected, Impact, Implications, KpiImpact, KpiSeen, Scope, Seen, SeverityPolicy, SeverityRule, Subject,
    Threshold, Values, Worth,
};
use milepost_model::{Amount, Criticality, DurationNs, Kpi, Name, Share, Stage, StepPath, Timestamp};

/// How many expectations there were, and what was not as expected.
pub(crate) fn run(text: &str) -> (usize, Vec<String>) {
    let mut world = World::new();
    let mut failures = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        if words.is_empty() {
            continue;
        }
        let done = if line.starts_with(char::is_whitespace) { world.see(&words) } else { world.command(&words) };
        if let Err(message) = done {
            failures.push(format!("line {}: {message}", number + 1));
        }
    }
    world.go_on();
    (world.checks, failures)
}

struct World {
    policy: SeverityPolicy,
    steps: Vec<Declared>,
    judge: Option<Judge>,
    /// What is seen of each step while the time of the last `for` passes.
    evidence: Vec<Option<Evidence>>,
    /// And of the KPI that it moves.
    kpis: Vec<Option<KpiEvidence>>,
    pending: Option<(u64, u64)>,
    now_seconds: i64,
    checks: usize,
}

struct Declared {
    path: StepPath,
    tags: Vec<Name>,
    criticality: Criticality,
    tolerated: Tolerated,
    moves: Option<Kpi>,
}

impl Declared {
    fn subject(&self) -> Subject<'_> {
        let (path, criticality) = (self.path.clone(), self.criticality);
        Subject { path, tags: &self.tags, criticality, kpis: self.moves.iter().collect(), stage: Stage::Live }
    }
}

impl World {
    fn new() -> Self {
        let mut policy = SeverityPolicy::default_of(&name("mail").expect("a name"));
        policy.rules.clear();
        let (evidence, kpis) = (Vec::new(), Vec::new());
        Self { policy, steps: Vec::new(), judge: None, evidence, kpis, pending: None, now_seconds: 0, checks: 0 }
    }

    fn command(&mut self, words: &[&str]) -> Result<(), String> {
        self.go_on();
        match words {
            ["step", path, rest @ ..] => self.declare(path, rest),
            ["rule", "default"] => {
                self.policy = SeverityPolicy::default_of(&self.policy.product);
                Ok(())
            }
            ["rule", level, rest @ ..] => self.rule(level, rest),
            ["for", lasts, rest @ ..] => {
                let every = match rest {
                    [] => 1,
                    ["every", every] => seconds(every)?,
                    _ => return Err("write `for 60s` or `for 60s every 30s`".to_owned()),
                };
                self.evidence = self.steps.iter().map(|_| Some([Impact::default(); 2])).collect();
                self.kpis = self.steps.iter().map(|_| Some([KpiImpact::default(); 2])).collect();
                self.pending = Some((seconds(lasts)?, every));
                Ok(())
            }
            ["clear"] => {
                let checks = self.checks;
                *self = Self::new();
                self.checks = checks;
                Ok(())
            }
            ["expect", path, "criticality", wanted] => self.expect_criticality(path, wanted),
            ["expect", path, wanted] => self.expect(path, wanted),
            _ => Err(format!("`{}` is no command", words.join(" "))),
        }
    }

    fn declare(&mut self, path: &str, rest: &[&str]) -> Result<(), String> {
        let mut step = Declared {
            path: path.parse().map_err(|error| format!("{error}"))?,
            tags: Vec::new(),
            criticality: Criticality::None,
            tolerated: Tolerated::by([], []),
            moves: None,
        };
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            match (*word, word.parse()) {
                ("tolerates", _) => {
                    step.tolerated = Tolerated::both(share(rest.next().ok_or("`tolerates` needs a share")?)?);
                }
                ("moves", _) => step.moves = Some(kpi(rest.next().ok_or("`moves` needs a KPI")?, &step.path)?),
                (_, Ok(criticality)) => step.criticality = criticality,
                (tag, _) => step.tags.push(name(tag)?),
            }
        }
        self.steps.push(step);
        Ok(())
    }

    fn rule(&mut self, level: &str, words: &[&str]) -> Result<(), String> {
        let level = self.policy.levels.iter().position(|known| known.as_str() == level).ok_or("no such level")?;
        let of = words.iter().position(|word| *word == "of").ok_or("a rule says of what")?;
        let impact: Threshold = words[..of].join(" ").parse().map_err(|error| format!("{error}"))?;
        let (pooled, scope) = match &words[of + 1..] {
            [scope @ .., "pooled"] => (true, scope),
            scope => (false, scope),
        };
        let names = |all: &[&str]| all.iter().map(|text| name(text)).collect::<Result<Vec<_>, _>>();
        let (mut steps, mut tags, mut criticality, mut kpis) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let scope = match scope {
            ["all"] => Scope::All,
            [what, all @ ..] => {
                match *what {
                    "tags" => tags = names(all)?,
                    "steps" => steps = all.iter().filter_map(|path| path.parse().ok()).collect(),
                    "kpi" => kpis = names(all)?,
                    "criticality" => criticality = all.iter().filter_map(|text| text.parse().ok()).collect(),
                    other => return Err(format!("`{other}` is no scope")),
                }
                Scope::Any { steps, tags, criticality, kpis }
            }
            [] => return Err("a rule says of what".to_owned()),
        };
        self.policy.rules.push(SeverityRule { level, scope, impact, pooled });
        Ok(())
    }

    fn see(&mut self, words: &[&str]) -> Result<(), String> {
        let place = self.place(words[0])?;
        if let [_, "silent"] = words {
            (self.evidence[place], self.kpis[place]) = (None, None);
            return Ok(());
        }
        let mut parts = words[1..].split(|word| *word == "|").map(seen);
        let short = parts.next().ok_or("no attempts")??;
        let long = parts.next().unwrap_or(Ok(short))?;
        self.evidence[place] = Some([short.0, long.0]);
        self.kpis[place] = Some([short, long].map(|(impact, seen)| KpiImpact::of(&impact, &seen)));
        Ok(())
    }

    /// Lets the time of the last `for` pass, with all that stands below it.
    fn go_on(&mut self) {
        let Some((lasts, every)) = self.pending.take() else { return };
        let (policy, steps) = (&self.policy, &self.steps);
        let plan = || {
            let subjects: Vec<_> = steps.iter().map(|step| (step.subject(), step.tolerated)).collect();
            Judge::new(SeverityPlan::new(policy, &subjects))
        };
        let judge = self.judge.get_or_insert_with(plan);
        for second in (0..lasts).step_by(every.max(1) as usize) {
            let now = Timestamp::from_seconds(self.now_seconds + second as i64);
            // Each step moves one KPI at most, so that those that are judged are in the order of steps.
            let kpis: Vec<_> = judge.plan().moved().iter().map(|moved| self.kpis[moved.subject]).collect();
            judge.evaluate(now, (&self.evidence, &kpis), &mut |_| {});
        }
        self.now_seconds += lasts as i64;
    }

    fn expect(&mut self, path: &str, wanted: &str) -> Result<(), String> {
        self.checks += 1;
        let judge = self.judge.as_ref().ok_or("nothing has been seen")?;
        let verdict = match path {
            "pool" => judge.pools().map(|(_, verdict)| verdict).min_by_key(|verdict| verdict.level),
            path => judge.verdict(self.place(path)?),
        };
        let level = verdict.map_or("none", |verdict| self.policy.levels[verdict.level].as_str());
        if level == wanted { Ok(()) } else { Err(format!("{path} is {level}, not {wanted}")) }
    }

    fn expect_criticality(&mut self, path: &str, wanted: &str) -> Result<(), String> {
        self.checks += 1;
        let subjects: Vec<Subject<'_>> = self.steps.iter().map(Declared::subject).collect();
        let implied = Implications::new(&self.policy, &subjects).criticality(&subjects[self.place(path)?]);
        let found = implied.criticality.as_str();
        if found == wanted { Ok(()) } else { Err(format!("{path} is {found}, not {wanted}")) }
    }

    fn place(&self, path: &str) -> Result<usize, String> {
        let found = self.steps.iter().position(|step| step.path.to_string() == path);
        found.ok_or_else(|| format!("there is no step `{path}`"))
    }
}

/// `ATTEMPTS [failed N] [timeout N] [slow N] [expected N least N] [kept NxV] [bad NxV] [usual NxV]`.
fn seen(words: &[&str]) -> Result<(Impact, KpiSeen), String> {
    let [attempts, rest @ ..] = words else { return Err("no attempts".to_owned()) };
    let number = |text: &str| text.parse::<u64>().map_err(|_| format!("`{text}` is no number"));
    let (mut failed, mut timed_out, mut slow, mut expected, mut least) = (0, 0, 0, None, 0);
    let (mut kept, mut bad, mut worth) = (Values::default(), Values::default(), Worth::One);
    for pair in rest.chunks(2) {
        let [key, value] = pair else { return Err(format!("`{}` needs a number", pair[0])) };
        match *key {
            "failed" => failed = number(value)?,
            "timeout" => timed_out = number(value)?,
            "slow" => slow = number(value)?,
            "expected" => expected = Some(number(value)?),
            "least" => least = number(value)?,
            "kept" => kept.merge(&values(value)?),
            "bad" => bad.merge(&values(value)?),
            "usual" => worth = Worth::Usual(values(value)?),
            other => return Err(format!("`{other}` is not known of attempts")),
        }
    }
    let expected =
        expected.map(|attempts| Expected { attempts: Attempts::whole(attempts), at_least: Attempts::whole(least) });
    let seen = Seen::new(number(attempts)?, failed, timed_out, slow).ok_or("more bad ones than attempts")?;
    Ok((Impact::of(seen, expected), KpiSeen { kept, bad, worth }))
}

/// `NxV`: so many, each worth so much.
fn values(text: &str) -> Result<Values, String> {
    let parts = text.split_once('x').and_then(|(count, each)| Some((count.parse().ok()?, each.parse().ok()?)));
    let (count, each) = parts.ok_or_else(|| format!("`{text}` is not as many as `x` and what each is worth"))?;
    Ok(Values::of(count, Amount::from_whole(each).map_err(|error| error.to_string())?))
}

fn kpi(text: &str, path: &StepPath) -> Result<Kpi, String> {
    let (name, title, unit) = (name(text)?, text.to_owned(), "units".to_owned());
    Ok(Kpi { name, title, description: String::new(), unit, value: None, steps: vec![path.clone()] })
}

fn name(text: &str) -> Result<Name, String> {
    Name::new(text).map_err(|error| format!("`{text}`: {error}"))
}

fn share(text: &str) -> Result<Share, String> {
    text.parse().map_err(|error: milepost_model::ShareError| error.to_string())
}

fn seconds(text: &str) -> Result<u64, String> {
    let duration: DurationNs = text.parse().map_err(|error: milepost_model::DurationError| error.to_string())?;
    Ok(duration.nanos() / 1_000_000_000)
}
