//! SLI expressions: parsed, checked against the fact columns, and printed in one normal form.
