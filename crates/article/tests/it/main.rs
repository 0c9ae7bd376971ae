//! What the crate promises, through its public functions: listings, pages, hostile input.

mod bylines;
mod feeds;
mod furniture;
mod hostile;
mod pages;
