//! The fact: its Arrow schema, expression evaluation, counting, latency sketches and slices.
