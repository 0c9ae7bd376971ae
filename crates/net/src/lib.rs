//! The one door to the network: HOW something is asked for, never what.
//!
//! In goes a [`Request`], out comes a [`Response`] whose size, time and origin are bounded, or an [`Error`] that speaks to
//! a person. Every name is resolved here, every address is checked after resolution, and the connection goes to that very
//! address, on every hop. No proxy of the environment, no cookies, no redirect that was not checked.
//!
//! The main type is [`Door`]. It parses no feed and no page and keeps no schedule.

mod decode;
mod door;
mod error;
mod guard;
mod headers;
mod names;
mod policy;
mod scrub;
mod tls;

pub use decode::unpack;
pub use door::{Door, Method, Outgoing, Request, Response};
pub use error::{Error, Kind, SendError};
pub use guard::{Network, refusal};
#[doc(hidden)]
pub use headers::fuzz_headers;
pub use headers::{Headers, RetryAfter, parse_headers};
pub use names::{Answers, Names};
pub use policy::{Allow, Limits, Policy};
pub use scrub::scrub;
