//! Requests made to hurt.
