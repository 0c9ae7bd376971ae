//! What can be wrong with a pack.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a pack could not be loaded; names the file and what to do.
#[derive(Debug)]
pub struct Error {
    file: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Missing,
    Unreadable(std::io::Error),
    Broken(String),
    Unsupported(String),
}

impl Error {
    pub(crate) fn missing(file: &Path) -> Self {
        Self { file: file.to_owned(), kind: Kind::Missing }
    }

    pub(crate) fn io(file: &Path, error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            return Self::missing(file);
        }
        Self { file: file.to_owned(), kind: Kind::Unreadable(error) }
    }

    pub(crate) fn broken(file: &Path, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), kind: Kind::Broken(what.into()) }
    }

    pub(crate) fn unsupported(file: &Path, what: impl Into<String>) -> Self {
        Self { file: file.to_owned(), kind: Kind::Unsupported(what.into()) }
    }

    /// A code that never changes.
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::Missing => "language.pack-missing",
            Kind::Unreadable(_) => "language.pack-unreadable",
            Kind::Broken(_) => "language.pack-broken",
            Kind::Unsupported(_) => "language.pack-unsupported",
        }
    }

    /// The file that is at fault.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (code, file) = (self.code(), self.file.display());
        match &self.kind {
            Kind::Missing => {
                write!(
                    f,
                    "{code}: {file} is not there; install the pack again (`uptospeed packs install`)"
                )
            }
            Kind::Unreadable(_) => {
                write!(f, "{code}: {file} cannot be read; check its permissions and the disk")
            }
            Kind::Broken(what) => write!(
                f,
                "{code}: {file}: {what}; the file is damaged: remove the pack's folder and install it again \
                 (`uptospeed packs install`)"
            ),
            Kind::Unsupported(what) => write!(
                f,
                "{code}: {file}: {what}; use a spaCy v3 CNN pipeline (names ending in _sm, _md or _lg)"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            Kind::Unreadable(error) => Some(error),
            _ => None,
        }
    }
}
