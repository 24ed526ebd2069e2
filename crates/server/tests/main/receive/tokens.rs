//! Who may send.
