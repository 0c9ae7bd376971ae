//! Which addresses are reached: public ones, and those that the operator allows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use url::{Host, Url};

use crate::{Allow, Kind, Policy};

/// A network: an address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is part of it. An IPv4 address that is written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.bits);
                u32::from(net).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.bits);
                u128::from(net).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(drop)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(drop)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most { Err(()) } else { Ok(Self { address, bits }) }
    }
}

/// Networks that are no public hosts, and what they are. The first that matches gives the reason.
///
/// # Source
///
/// IANA's special-purpose address registries (RFC 6890 and its updates) and, for IPv6, that only 2000::/3 is given out.
const V4: [(&str, &str); 17] = [
    ("0.0.0.0/8", "\"this network\""),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "a carrier's private network"),
    ("127.0.0.0/8", "this machine"),
    ("169.254.0.0/16", "link-local, where cloud metadata lives"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved for protocols"),
    ("192.0.2.0/24", "documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "a test network"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
    ("192.31.196.0/24", "reserved for protocols"),
];

/// See [`V4`].
const V6: [(&str, &str); 11] = [
    ("::/128", "unspecified"),
    ("::1/128", "this machine"),
    ("64:ff9b::/96", "NAT64, which leads to any IPv4 address"),
    ("64:ff9b:1::/48", "NAT64, which leads to any IPv4 address"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
    ("2001::/23", "a tunnel or a protocol's own"),
    ("2001:db8::/32", "documentation"),
    ("2002::/16", "6to4, which leads to any IPv4 address"),
    ("3fff::/20", "documentation"),
];

/// Says what kind of place an address is where it is none on the public Internet; `None` for a public one.
pub fn refusal(address: IpAddr) -> Option<&'static str> {
    let find = |table: &[(&str, &'static str)], address: IpAddr| {
        table
            .iter()
            .find(|(net, _)| net.parse::<Network>().is_ok_and(|net| net.contains(address)))
            .map(|(_, what)| *what)
    };
    match address.to_canonical() {
        IpAddr::V4(v4) => find(&V4, IpAddr::V4(v4)),
        IpAddr::V6(v6) => find(&V6, IpAddr::V6(v6)).or_else(|| {
            let first = v6.segments().first().copied().unwrap_or(0);
            (first & 0xe000 != 0x2000).then_some("not given out to anybody")
        }),
    }
}

/// Whether the operator allows this private address, under this name.
fn is_allowed(policy: &Policy, host: &str, address: IpAddr) -> bool {
    policy.allow.iter().any(|allow| match allow {
        Allow::Network(network) => network.contains(address),
        // Which port goes with the name is checked before anything is resolved.
        Allow::Host { host: name, .. } => name == host,
    })
}

/// Checks one resolved address of a host.
pub(crate) fn check_address(policy: &Policy, host: &str, address: IpAddr) -> Result<(), Kind> {
    match refusal(address) {
        Some(what) if !is_allowed(policy, host, address) => {
            Err(Kind::Blocked { host: host.to_owned(), address, what })
        }
        _ => Ok(()),
    }
}

/// Checks what can be checked before a name is resolved: scheme, credentials, port, and the address where it is literal.
///
/// `Url` has already turned decimal, octal and hexadecimal forms of an address into the one that they mean.
pub(crate) fn check_url(policy: &Policy, url: &Url) -> Result<(), Kind> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Kind::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Kind::Credentials);
    }
    let Some(host) = url.host() else {
        return Err(Kind::Scheme("an address without a host".to_owned()));
    };
    let (name, literal) = match host {
        Host::Domain(name) => {
            (name.trim_end_matches('.').to_ascii_lowercase(), loopback_name(name))
        }
        Host::Ipv4(v4) => (v4.to_string(), Some(IpAddr::V4(v4))),
        Host::Ipv6(v6) => (v6.to_string(), Some(IpAddr::V6(v6))),
    };
    let port = url.port_or_known_default().unwrap_or(0);
    let named = policy.allow.iter().any(|allow| match allow {
        Allow::Host { host, port: only } => *host == name && only.is_none_or(|only| only == port),
        Allow::Network(network) => literal.is_some_and(|address| network.contains(address)),
    });
    // A host that is allowed on one port only is as closed as any other on the rest.
    if let Some(address) = literal
        && !named
        && let Some(what) = refusal(address)
    {
        return Err(Kind::Blocked { host: name, address, what });
    }
    if !named && !policy.ports.contains(&port) {
        return Err(Kind::Port(port));
    }
    Ok(())
}

/// The address that the name of this machine itself stands for.
fn loopback_name(name: &str) -> Option<IpAddr> {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    (name == "localhost" || name.ends_with(".localhost")).then_some(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// The host as a key for [`check_address`]: what [`check_url`] calls the name.
pub(crate) fn host_key(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<Ipv6Addr>().map_or_else(|_| name.clone(), |v6| v6.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, allow: &[&str]) -> Result<(), String> {
        let allow = allow.iter().filter_map(|a| Allow::parse(a).ok()).collect();
        let policy = Policy { allow, ..Policy::default() };
        let url = Url::parse(url).map_err(|e| e.to_string())?;
        check_url(&policy, &url).map_err(|kind| kind.to_string())
    }

    #[test]
    fn private_places_are_refused_in_every_spelling() {
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://localhost/",
            "http://LOCALHOST./",
            "http://a.localhost/",
            "http://10.1.2.3/",
            "http://100.64.0.1/",
            "http://100.127.255.255/",
            "http://169.254.169.254/latest/meta-data/",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://192.0.0.8/",
            "http://198.19.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[::1]/",
            "http://[::]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::7f00:1]/",
            "http://[64:ff9b:1::1]/",
            "http://[2002:7f00:1::]/",
            "http://[2001::1]/",
            "http://[fe80::1]/",
            "http://[fd00:ec2::254]/",
            "http://[ff02::1]/",
            "http://[100::1]/",
            "http://①②⑦.0.0.1/",
            "ftp://news.example/feed",
            "file:///etc/passwd",
            "gopher://news.example/",
            "data:text/html,x",
            "http://user:secret@news.example/",
            "http://news.example:22/",
            "http://news.example:6379/",
        ] {
            assert!(check(url, &[]).is_err(), "{url} was let through");
        }
    }

    #[test]
    fn public_hosts_and_allowed_ones_are_reached() {
        for (url, allow) in [
            ("http://news.example/feed", &[][..]),
            ("https://8.8.8.8/", &[]),
            ("https://172.32.0.1/", &[]),
            ("https://[2606:4700::1]/", &[]),
            ("http://127.0.0.1:8080/", &["127.0.0.0/8"]),
            ("http://localhost:8080/", &["127.0.0.0/8"]),
            ("http://feeds.intranet:8080/", &["feeds.intranet:8080"]),
            ("http://[::1]:99/", &["::1"]),
        ] {
            assert_eq!(check(url, allow), Ok(()), "{url}");
        }
        assert!(check("http://feeds.intranet:8081/", &["feeds.intranet:8080"]).is_err());
        assert!(check("http://10.0.0.1/", &["127.0.0.0/8"]).is_err());
    }

    #[test]
    fn every_table_row_is_a_network() {
        for (net, _) in V4.iter().chain(&V6) {
            assert!(net.parse::<Network>().is_ok(), "{net}");
        }
    }
}
