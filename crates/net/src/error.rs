//! What can go wrong on the way to a host, in words for a person.

use std::fmt;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Duration;

use crate::scrub;

/// Why there is no answer. The address in it is scrubbed: it may be logged and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    url: String,
    kind: Kind,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Not http or https, or no address at all.
    Scheme(String),
    /// A name or a password stands in the address.
    Credentials,
    /// A port that is not reached on public hosts.
    Port(u16),
    /// The host is, or resolves to, a private place.
    Blocked {
        /// The name.
        host: String,
        /// What it resolved to.
        address: IpAddr,
        /// What kind of place that is.
        what: &'static str,
    },
    /// The name does not resolve.
    Name(ErrorKind),
    /// No connection.
    Connect(ErrorKind),
    /// No secure connection, and why.
    Tls(String),
    /// The whole exchange took too long.
    Deadline(Duration),
    /// The body trickles.
    Slow {
        /// Bytes that came.
        bytes: u64,
        /// In how many seconds.
        secs: u64,
    },
    /// More headers than are read.
    HeadersTooLarge(usize),
    /// A body larger than is read.
    TooLarge(u64),
    /// A body that unpacks to many times its size.
    Bomb(u32),
    /// Packed in a way that is not read, or broken.
    Encoding(String),
    /// More redirects than are followed.
    Redirects(u8),
    /// The redirects lead back to where they began.
    Circle {
        /// A cookie was to be set on the way.
        cookies: bool,
    },
    /// A redirect without a place to go.
    Location,
    /// The answer breaks off or is not HTTP.
    Broken(String),
}

/// Why a message was not delivered, by what is known of its fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Not a byte of the request left: it may be sent again.
    NotSent(Error),
    /// The request may have reached the host: only the host knows.
    MaybeSent(Error),
}

impl Error {
    pub(crate) fn new(url: &str, kind: Kind) -> Self {
        Self { url: scrub(url), kind }
    }

    /// What went wrong.
    pub fn kind(&self) -> &Kind {
        &self.kind
    }

    /// The address that was asked, scrubbed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A stable word for programs and docs/errors.md.
    pub fn code(&self) -> &'static str {
        match self.kind {
            Kind::Scheme(_) => "net.not-http",
            Kind::Credentials => "net.credentials",
            Kind::Port(_) => "net.port",
            Kind::Blocked { .. } => "net.private-address",
            Kind::Name(_) => "net.name",
            Kind::Connect(_) => "net.connect",
            Kind::Tls(_) => "net.tls",
            Kind::Deadline(_) => "net.deadline",
            Kind::Slow { .. } => "net.slow",
            Kind::HeadersTooLarge(_) => "net.headers-too-large",
            Kind::TooLarge(_) => "net.too-large",
            Kind::Bomb(_) => "net.bomb",
            Kind::Encoding(_) => "net.encoding",
            Kind::Redirects(_) => "net.redirects",
            Kind::Circle { .. } => "net.redirect-circle",
            Kind::Location => "net.redirect-nowhere",
            Kind::Broken(_) => "net.broken",
        }
    }

    /// Whether asking again without a change on our side or theirs is pointless.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self.kind,
            Kind::Scheme(_)
                | Kind::Credentials
                | Kind::Port(_)
                | Kind::Blocked { .. }
                | Kind::TooLarge(_)
                | Kind::Bomb(_)
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.url, self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme(scheme) => {
                write!(f, "is no web address ({scheme}); only http and https are read")
            }
            Self::Credentials => f.write_str(
                "has a user name or password in the address, which is not sent; leave them out",
            ),
            Self::Port(port) => {
                write!(
                    f,
                    "asks for port {port}, and only 80 and 443 are reached; allow the host with its port if you trust it"
                )
            }
            Self::Blocked { host, address, what } => {
                write!(
                    f,
                    "was refused: {host} is {address} ({what}), no public address; allow it if you trust it"
                )
            }
            Self::Name(ErrorKind::TimedOut) => {
                f.write_str("was not found: the name server did not answer")
            }
            Self::Name(_) => f.write_str("was not found: there is no such host, or no network"),
            Self::Connect(ErrorKind::ConnectionRefused) => {
                f.write_str("refused the connection: nothing listens there")
            }
            Self::Connect(ErrorKind::TimedOut) => f.write_str("did not answer when called"),
            Self::Connect(ErrorKind::ConnectionReset) => f.write_str("broke the connection off"),
            Self::Connect(ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable) => {
                f.write_str("cannot be reached from here")
            }
            Self::Connect(_) => f.write_str("could not be connected to"),
            Self::Tls(why) => write!(f, "has no secure connection to offer: {why}"),
            Self::Deadline(most) => write!(f, "took more than {} s", most.as_secs_f32()),
            Self::Slow { bytes, secs } => write!(f, "sends too slowly: {bytes} bytes in {secs} s"),
            Self::HeadersTooLarge(most) => {
                write!(f, "sends more than {} KiB of headers", most >> 10)
            }
            Self::TooLarge(most) if *most >= 1 << 20 => {
                write!(f, "is larger than {} MiB", most >> 20)
            }
            Self::TooLarge(most) => write!(f, "is larger than {most} bytes"),
            Self::Bomb(ratio) => {
                write!(f, "unpacks to more than {ratio} times its size, as no text does")
            }
            Self::Encoding(what) => write!(f, "is packed in a way that is not read: {what}"),
            Self::Redirects(most) => write!(f, "redirects more than {most} times"),
            Self::Circle { cookies: false } => f.write_str("redirects in a circle"),
            Self::Circle { cookies: true } => {
                f.write_str("redirects in a circle until a cookie is kept, which is not done")
            }
            Self::Location => f.write_str("redirects to no address"),
            Self::Broken(what) => write!(f, "sent a broken answer: {what}"),
        }
    }
}

impl std::error::Error for Kind {}
impl std::error::Error for Error {}

impl SendError {
    /// The reason, whichever it was.
    pub fn error(&self) -> &Error {
        match self {
            Self::NotSent(error) | Self::MaybeSent(error) => error,
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSent(error) => write!(f, "not sent: {error}"),
            Self::MaybeSent(error) => write!(f, "sent or not, unknown: {error}"),
        }
    }
}

impl std::error::Error for SendError {}
