//! Which step a request serves: the wire form, baggage editing and compiled server-side rules.
