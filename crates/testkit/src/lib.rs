//! Where tests find data and how they say that it is missing.
