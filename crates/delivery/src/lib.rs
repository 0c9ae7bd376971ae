//! Updates in, readers told: follows, cards, the outbox, the courier and the places it brings news to.
//!
//! [`plan`] decides with each step of a story who is told what, as rows of the store's outbox that are committed with the step.
//! [`Courier`] brings them: a row is committed as on its way before the socket is written, and what became of it is one more
//! transaction, decided by the pure [`outbox`]. What nobody can know is read back or held, never sent blindly a second time.
//!
//! It joins no stories and makes no pages; `now` is an argument everywhere.
//!
//! # Example
//!
//! ```
//! let follow = delivery::follow::parse("fires in Germany, at least two outlets, to @channel").unwrap();
//! assert_eq!(follow.to_string(), "about fires in Germany, at least 2 outlets, to @channel");
//! ```

pub mod card;
pub mod feeds;
pub mod follow;
pub mod html;
pub mod outbox;
#[cfg(feature = "sim")]
pub mod sim;
pub mod wire;

mod bot;
mod courier;
mod destinations;
mod digest;
mod email;
mod matcher;
mod plan;
mod schedule;
mod settings;
mod telegram;

use std::fmt;

pub use bot::{Access, BotReport};
pub use courier::{Courier, CourierSettings, MaySend, Report, SteadyClock, Stops};
pub use email::{Mail, Security};
pub use matcher::{Followed, Matcher, Reader};
pub use plan::{ArticleNote, Planning, REPLIES_A_DAY_MAX, plan};
pub use schedule::Schedule;
pub use settings::{Defaults, OnLostTopic, OnUncertain, Settings};
pub use telegram::{Pace, Telegram, rights, who_am_i};
pub use wire::{Secret, Wire};

/// Why the courier could not go on.
#[derive(Debug)]
pub enum Error {
    /// The store failed; nothing is lost, try again.
    Store(store::Error),
    /// A test stopped it at this point.
    Stopped(&'static str),
}

/// The result of the courier's work.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(_) => f.write_str("the outbox could not be read or written"),
            Self::Stopped(point) => write!(f, "stopped at \"{point}\", as asked"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            Self::Stopped(_) => None,
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

/// Adds a follow as a person writes it: makes its destination where there is none, keeps digest and quiet hours there.
/// Returns the follow's row and how the sentence was understood.
///
/// # Errors
///
/// A sentence for the person who wrote it, or the store's error.
pub fn add_follow(
    store: &store::Store,
    sentence: &str,
    otherwise_to: Option<&follow::Target>,
    now: jiff::Timestamp,
) -> std::result::Result<(i64, follow::Follow), AddFollowError> {
    let mut follow = follow::parse(sentence).map_err(AddFollowError::Sentence)?;
    if follow.target.is_none() {
        follow.target = otherwise_to.cloned();
    }
    let Some(target) = &follow.target else { return Err(AddFollowError::NoTarget) };
    let destination = store
        .ensure_destination(&target.kind, &target.address, &target.topic)
        .map_err(AddFollowError::Store)?;
    let mut settings = Settings::read(&destination.settings);
    settings.take(&follow.schedule);
    if target.kind == "webhook" {
        settings.every_step = true;
        if settings.secrets.is_empty()
            && let Some(random) = random_bytes()
        {
            settings.secrets.push(destinations::new_secret(&random));
        }
    }
    store
        .set_destination_settings(destination.id, &settings.write())
        .map_err(AddFollowError::Store)?;
    let id = store
        .add_follow(destination.id, &follow.to_string(), now)
        .map_err(AddFollowError::Store)?;
    Ok((id, follow))
}

/// The stories of the past week that a follow would have told, newest first: what is shown before it is switched on.
///
/// # Errors
///
/// Those of the store.
pub fn preview(
    store: &store::Store,
    follow: &follow::Follow,
    now: jiff::Timestamp,
) -> Result<Vec<stories::Story>> {
    bot::preview(store, follow, now)
}

/// A secret of the program's own: made when it is first asked for, kept in the store from then on. `None`: the system has no
/// random bytes to give.
///
/// # Errors
///
/// Those of the store.
pub fn kept_secret(store: &store::Store, name: &str) -> Result<Option<Secret>> {
    if let Some(kept) = store.meta(name)? {
        return Ok(Some(Secret::new(&kept)));
    }
    let Some(random) = random_bytes() else { return Ok(None) };
    let secret = random.iter().fold(String::new(), |mut out, byte| {
        use fmt::Write as _;
        // Writing to a string cannot fail.
        let _infallible = write!(out, "{byte:02x}");
        out
    });
    store.set_meta(name, &secret)?;
    Ok(Some(Secret::new(&secret)))
}

/// Bytes that nobody can guess, from the system; `None` where it has none to give.
fn random_bytes() -> Option<[u8; 32]> {
    use std::io::Read as _;
    let mut bytes = [0; 32];
    std::fs::File::open("/dev/urandom").ok()?.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Why a follow was not added.
#[derive(Debug)]
pub enum AddFollowError {
    /// What was not understood.
    Sentence(follow::FollowError),
    /// It does not say where to.
    NoTarget,
    /// The store failed.
    Store(store::Error),
}

impl fmt::Display for AddFollowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sentence(error) => error.fmt(f),
            Self::NoTarget => f.write_str("say where to send it, for example: to @channel"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AddFollowError {}

#[cfg(test)]
mod tests;
