//! The shelf with real readings: the bundled day, restarts, order of arrival, bad input.

mod bad_input;
mod bounded;
mod copies;
mod day;
mod ids;
mod news;
mod order;
mod quiet;
mod restart;
mod told;
