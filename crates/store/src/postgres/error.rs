//! What a server says went wrong, by what a caller does about it.

use tokio_postgres::error::SqlState;

use crate::Error;

/// An error and its causes in words, each said once.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return db.message().to_owned();
    }
    crate::chain(error)
}

/// An error of the server at a place.
pub(crate) fn of_server(error: &tokio_postgres::Error, place: &str) -> Error {
    let said = words(error);
    let at = |said: String| if place.is_empty() { said } else { format!("{place}: {said}") };
    let Some(code) = error.code() else {
        // No answer of the server's: the connection.
        return Error::Away(at(said));
    };
    match *code {
        SqlState::DISK_FULL => Error::Full,
        SqlState::T_R_SERIALIZATION_FAILURE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::LOCK_NOT_AVAILABLE => Error::Busy,
        SqlState::ADMIN_SHUTDOWN
        | SqlState::CRASH_SHUTDOWN
        | SqlState::CANNOT_CONNECT_NOW
        | SqlState::TOO_MANY_CONNECTIONS
        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | SqlState::READ_ONLY_SQL_TRANSACTION
        | SqlState::OUT_OF_MEMORY
        | SqlState::IO_ERROR => Error::Away(at(said)),
        SqlState::INVALID_PASSWORD
        | SqlState::INVALID_AUTHORIZATION_SPECIFICATION
        | SqlState::INVALID_CATALOG_NAME
        | SqlState::INSUFFICIENT_PRIVILEGE => Error::Refused(at(said)),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => Error::Corrupt(place.into(), said),
        _ => Error::Refused(at(format!("{said} ({})", code.code()))),
    }
}
