//! SLO maths: indicators, targets, error budgets and intervals, as pure functions.
