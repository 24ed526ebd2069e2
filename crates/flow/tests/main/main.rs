//! Traces against brute force, and by example; through the public interface only.

mod closing;
mod judging;
mod oracle;
mod world;
