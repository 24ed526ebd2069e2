//! Connections that are many, slow, or open when the server ends.
