//! What the crate promises, through its public functions: listings, pages, hostile input.

mod bylines;
mod feeds;
mod furniture;
mod heads;
mod hostile;
mod pages;
mod titles;
