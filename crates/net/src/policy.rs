//! What the door lets through.

use std::time::Duration;

use crate::{Names, Network};

/// Whose addresses are reached, how much is read and how long it may take.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Who we say we are, with an address where a webmaster finds out more.
    pub user_agent: String,
    /// Private places that the operator allows; nothing private is reached without.
    pub allow: Vec<Allow>,
    /// Ports that are reached on public hosts.
    pub ports: Vec<u16>,
    /// Who answers for names.
    pub names: Names,
    /// Certificates (PEM) of authorities that are trusted besides the machine's own.
    pub extra_roots_pem: Vec<Vec<u8>>,
    /// Caps of one request.
    pub limits: Limits,
    /// Requests under way at a time, all hosts together.
    pub requests_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            user_agent: concat!(
                "uptospeed/",
                env!("CARGO_PKG_VERSION"),
                " (news reader; polls politely)"
            )
            .to_owned(),
            allow: Vec::new(),
            ports: vec![80, 443],
            names: Names::System,
            extra_roots_pem: Vec::new(),
            limits: Limits::default(),
            requests_max: 32,
        }
    }
}

impl Policy {
    /// Lets loopback through as well, for `try` and for tests.
    #[must_use]
    pub fn with_loopback(mut self) -> Self {
        for network in ["127.0.0.0/8", "::1/128"] {
            self.allow.extend(network.parse().map(Allow::Network));
        }
        self
    }
}

/// A private place that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allow {
    /// Every address of a network, on any port.
    Network(Network),
    /// One host by the name that stands in the address, whatever it resolves to; on any port or on one.
    Host {
        /// The name or the literal address, in lower case.
        host: String,
        /// `None`: any.
        port: Option<u16>,
    },
}

impl Allow {
    /// Reads what an operator writes: `10.0.0.0/8`, `::1`, `feeds.intranet`, `feeds.intranet:8080`.
    ///
    /// # Errors
    ///
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if let Ok(network) = text.parse() {
            return Ok(Self::Network(network));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => match port.parse() {
                Ok(port) => (host.to_owned(), Some(port)),
                Err(_) => return Err(format!("{text}: the part after the colon is no port")),
            },
            None => (text, None),
        };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || !host.chars().all(plain) {
            return Err(format!(
                "{host}: expected a network (10.0.0.0/8), an address, a host or host:port"
            ));
        }
        Ok(Self::Host { host, port })
    }
}

/// Caps of one request.
///
/// # Units
///
/// Bytes, seconds and counts, as the names say; durations as [`Duration`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Names and values of an answer's headers together.
    pub header_bytes_max: usize,
    /// The body as it comes over the wire.
    pub wire_bytes_max: u64,
    /// The body when unpacked.
    pub body_bytes_max: u64,
    /// Unpacked bytes for one packed byte; a packed text of news is below 20.
    pub ratio_max: u32,
    /// Until the connection stands, TLS included.
    pub connect_max: Duration,
    /// From the first byte sent to the last one received, all hops together.
    pub deadline: Duration,
    /// Bytes a second that a body must bring on average, once `rate_grace` is over.
    pub rate_bytes_min: u32,
    /// How long a body may be slower than that.
    pub rate_grace: Duration,
    /// Hops followed.
    pub redirects_max: u8,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes_max: 64 << 10,
            wire_bytes_max: 10 << 20,
            body_bytes_max: 10 << 20,
            ratio_max: 100,
            connect_max: Duration::from_secs(10),
            deadline: Duration::from_mins(1),
            rate_bytes_min: 512,
            rate_grace: Duration::from_secs(10),
            redirects_max: 5,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_writes_networks_and_hosts() {
        for (given, good) in [
            ("10.0.0.0/8", true),
            ("::1", true),
            ("fd00::/8", true),
            ("Feeds.Intranet", true),
            ("feeds.intranet:8080", true),
            ("feeds.intranet:http", false),
            ("http://feeds.intranet", false),
            ("10.0.0.0/33", false),
            ("", false),
        ] {
            assert_eq!(Allow::parse(given).is_ok(), good, "{given}");
        }
    }
}
