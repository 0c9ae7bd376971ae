//! The pages from outside: over a socket, with a store that was filled by the store's own steps.
#![expect(clippy::unwrap_used, reason = "tests")]

mod accounts;
mod advisories;
mod edits;
mod greader;
mod inbox;
mod kept;
mod oidc;
mod pages;
mod site;
