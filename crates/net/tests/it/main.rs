//! The door against servers on loopback.
