//! What a person is told when something cannot be done: what, where, and what to do.

use std::fmt;

/// A problem with a stable code. Codes never change; docs/errors.md is generated from [`CODES`].
#[derive(Debug)]
pub(crate) struct Problem {
    code: Code,
    message: String,
    place: Option<String>,
    help: Option<String>,
}

/// Every code with what it means in general.
pub(crate) const CODES: &[(Code, &str)] = &[
    (Code::ReadFile, "A file named on the command line cannot be read."),
    (Code::BadLine, "A line of JSONL is not what the command takes; the other lines were read."),
    (
        Code::BadConfig,
        "The configuration cannot be read, or holds a key or value that it does not know.",
    ),
    (Code::Token, "Telegram refuses the bot token."),
    (Code::Store, "The store cannot be opened, read or written."),
    (Code::Fetch, "An address cannot be fetched."),
    (Code::NotAFeed, "What an address serves is no feed, and none is named there."),
    (Code::Pack, "A pack cannot be installed, or is damaged."),
    (Code::Follow, "A follow's sentence is not understood."),
    (Code::Port, "The page's address cannot be opened."),
    (Code::Exists, "A file is there already and is not overwritten."),
    (Code::Unknown, "There is no such story, listing, follow or delivery."),
    (
        Code::Run,
        "A run over an archive cannot go on as it stands, or is not what its accounts say.",
    ),
    (Code::Replay, "The bundled day did not come out as it must."),
    (Code::Empty, "A file or an answer has nothing in it that could be read."),
];

/// Stable codes of problems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Code {
    ReadFile = 14,
    BadLine = 21,
    BadConfig = 30,
    Token = 31,
    Store = 40,
    Fetch = 50,
    NotAFeed = 51,
    Pack = 60,
    Follow = 70,
    Port = 80,
    Exists = 81,
    Unknown = 82,
    Run = 91,
    Replay = 90,
    Empty = 15,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{:03}", *self as u16)
    }
}

impl Problem {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, help: None }
    }

    #[must_use]
    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The one line that a JSONL answer carries.
    pub(crate) fn line(&self) -> String {
        format!("{}: {}", self.code, self.message)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, self.message)?;
        if let Some(place) = &self.place {
            write!(f, "\n  where: {place}")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}

/// Prints an error once, on stderr, in the form of [`Problem`].
pub(crate) fn report(error: &anyhow::Error) {
    let text = match error.downcast_ref::<Problem>() {
        Some(problem) => problem.to_string(),
        None => format!("error: {error:#}"),
    };
    crate::cli::note(&text);
}

/// An error of the store, as a person is told it.
pub(crate) fn of_store(error: &store::Error) -> Problem {
    let help = match error {
        store::Error::Full => "free some space; nothing was lost",
        store::Error::Busy => "another uptospeed may be running on this store: stop it, or wait",
        store::Error::Corrupt(..) => {
            "put the last backup in its place; the damaged file is untouched"
        }
        store::Error::Newer { .. } => "use the newer program, or another file",
        store::Error::Open(..) => "see that the folder is there and may be written",
        store::Error::Url(_) => "see store.file in uptospeed.toml, and docs/operating.md",
        store::Error::Away(_) => "see that the server runs and can be reached from here",
        store::Error::Refused(_) => "see the user, the password and the database's name",
        _ => "run `uptospeed doctor`; it looks through the whole file",
    };
    Problem::new(Code::Store, store::chain(error)).help(help)
}

/// Why a file cannot be read, in words.
pub(crate) fn of_file(path: &str, error: &std::io::Error) -> Problem {
    let here = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default();
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no such file in {here}"),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    Problem::new(Code::ReadFile, format!("cannot read {path}: {why}"))
        .help("give a file, a web address, or - for standard input")
}
