//! Severity by scripts, and by chance.

mod load;
mod outages;
mod script;
mod scripts;
