//! Which of the stages a process runs, where several share one server.

use std::collections::BTreeSet;

/// A part of what `uptospeed run` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Role {
    /// Polls listings and fetches pages
    Intake,
    /// Reads articles; any number of machines at a time
    Read,
    /// Joins articles into stories
    Stories,
    /// Sends, and listens to the bot
    Deliver,
    /// Serves the page; any number of machines at a time
    Web,
}

/// What this process runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Roles(BTreeSet<Role>);

impl Roles {
    /// All of them.
    pub(crate) fn all() -> Self {
        Self(BTreeSet::from([Role::Intake, Role::Read, Role::Stories, Role::Deliver, Role::Web]))
    }

    /// Those that were asked for; nobody asked: all.
    pub(crate) fn asked(asked: &[Role]) -> Self {
        if asked.is_empty() { Self::all() } else { Self(asked.iter().copied().collect()) }
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    pub(crate) fn is_all(&self) -> bool {
        *self == Self::all()
    }
}
