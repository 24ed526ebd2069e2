//! What rules on the user agent alone say, remembered: there are few agents, and each comes often.

use crate::compile::Best;
use hashbrown::HashMap;

/// What rules on the user agent alone said of the agents seen last, under one set of rules.
#[derive(Debug, Default)]
pub(crate) struct AgentMemo {
    /// The rules that were asked; those of another registry say something else.
    rules: u64,
    found: HashMap<Box<str>, Best>,
}

impl AgentMemo {
    /// Most agents remembered; past it everything is forgotten, so that made-up agents cost no more than two megabytes a thread.
    const CAPACITY: usize = 4096;
    /// Longest agent remembered, in bytes; longer ones are rare, and are looked at each time.
    const LONGEST_BYTES: usize = 512;

    /// What those rules say of an agent; `find` is asked when nobody remembers.
    pub(super) fn get(&mut self, rules: u64, agent: &str, find: impl FnOnce() -> Best) -> Best {
        if self.rules != rules {
            self.found.clear();
            self.rules = rules;
        }
        if let Some(best) = self.found.get(agent) {
            return *best;
        }
        let best = find();
        if agent.len() <= Self::LONGEST_BYTES {
            if self.found.len() >= Self::CAPACITY {
                self.found.clear();
            }
            self.found.insert(agent.into(), best);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn an_agent_is_looked_at_once_and_anew_for_other_rules() {
        let mut memo = AgentMemo::default();
        let asked = Cell::new(0);
        let mut ask = |rules, agent: &str| {
            memo.get(rules, agent, || {
                asked.set(asked.get() + 1);
                Best { step: asked.get(), class: 0 }
            })
        };
        assert_eq!(ask(1, "curl").step, 1);
        assert_eq!(ask(1, "curl").step, 1);
        assert_eq!(ask(1, "wget").step, 2);
        assert_eq!(ask(2, "curl").step, 3);
        assert_eq!(ask(1, "curl").step, 4);
    }

    #[test]
    fn made_up_agents_fill_no_memory() {
        let mut memo = AgentMemo::default();
        for at in 0..3 * AgentMemo::CAPACITY {
            memo.get(1, &format!("agent {at}"), Best::default);
            memo.get(1, &format!("agent {at} {}", "x".repeat(AgentMemo::LONGEST_BYTES)), Best::default);
            assert!(memo.found.len() <= AgentMemo::CAPACITY);
        }
        assert!(memo.found.keys().all(|agent| agent.len() <= AgentMemo::LONGEST_BYTES));
    }
}
