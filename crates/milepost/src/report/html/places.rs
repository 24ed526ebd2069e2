//! Where things stand on the page, so that other places can point at them.

/// Where a step stands.
pub(super) fn step(product: &str, step: &str) -> String {
    // Names have no dots.
    format!("step.{product}.{step}")
}

/// Where an objective stands.
pub(super) fn objective(product: &str, objective: &str) -> String {
    format!("objective.{product}.{objective}")
}
