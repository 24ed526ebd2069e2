//! Traces against brute force, and by example; through the public interface only.

mod closing;
mod courses;
mod judging;
mod oracle;
mod world;
