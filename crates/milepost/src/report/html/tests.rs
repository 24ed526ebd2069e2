//! What the page promises as a whole.
