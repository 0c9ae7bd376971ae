//! Intake against servers on loopback.
