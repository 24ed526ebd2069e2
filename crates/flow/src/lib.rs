//! Trace rules: attempts judged from the shape of a trace.
