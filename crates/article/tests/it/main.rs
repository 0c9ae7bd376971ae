//! What the crate promises, through its public functions: listings, pages, hostile input.

mod feeds;
mod hostile;
mod pages;
