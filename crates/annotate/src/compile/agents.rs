//! What rules on the user agent alone say, remembered: there are few agents, and each comes often.

use crate::compile::Best;
use hashbrown::HashMap;

/// What rules on the user agent alone said of the agents seen last, under one registry.
#[derive(Debug, Default)]
pub(crate) struct AgentMemo {
    found: HashMap<Box<str>, Best>,
}

impl AgentMemo {
    /// Most agents remembered; past it everything is forgotten, so that made-up agents cost no more than two megabytes a thread.
    const CAPACITY: usize = 4096;
    /// Longest agent remembered, in bytes; longer ones are rare, and are looked at each time.
    const LONGEST_BYTES: usize = 512;

    /// Forgets everything: the rules of another registry say something else.
    pub(crate) fn clear(&mut self) {
        self.found.clear();
    }

    /// What the rules say of an agent; `find` is asked when it is not remembered.
    pub(super) fn get(&mut self, agent: &str, find: impl FnOnce() -> Best) -> Best {
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

    #[test]
    fn an_agent_is_looked_at_once_until_all_is_forgotten() {
        let mut memo = AgentMemo::default();
        let mut asked = 0;
        let mut ask = |memo: &mut AgentMemo, agent: &str| {
            memo.get(agent, || {
                asked += 1;
                Best { step: asked, class: 0 }
            })
        };
        assert_eq!(ask(&mut memo, "curl").step, 1);
        assert_eq!(ask(&mut memo, "curl").step, 1);
        assert_eq!(ask(&mut memo, "wget").step, 2);
        memo.clear();
        assert_eq!(ask(&mut memo, "curl").step, 3);
    }

    #[test]
    fn made_up_agents_fill_no_memory() {
        let mut memo = AgentMemo::default();
        for at in 0..3 * AgentMemo::CAPACITY {
            memo.get(&format!("agent {at}"), Best::default);
            memo.get(&format!("agent {at} {}", "x".repeat(AgentMemo::LONGEST_BYTES)), Best::default);
            assert!(memo.found.len() <= AgentMemo::CAPACITY);
        }
        assert!(memo.found.keys().all(|agent| agent.len() <= AgentMemo::LONGEST_BYTES));
    }
}
