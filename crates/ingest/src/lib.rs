//! Telemetry files and payloads read into facts, with limits on hostile input.
