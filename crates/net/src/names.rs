//! Names to addresses, each checked before anything connects to it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::{Kind, Policy, guard};

/// A function that answers for names.
pub type Answers = Arc<dyn Fn(&str) -> Vec<IpAddr> + Send + Sync>;

/// Who answers for names.
#[derive(Clone, Default)]
pub enum Names {
    /// The machine's own resolver.
    #[default]
    System,
    /// A function: for tests, for `try`, and for an operator's own table. Its answers are checked like any other.
    Given(Answers),
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System => "System",
            Self::Given(_) => "Given",
        })
    }
}

/// Resolves and checks; the HTTP client connects to what it returns and to nothing else.
#[derive(Debug)]
pub(crate) struct CheckedNames(pub(crate) Arc<Policy>);

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.0);
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<IpAddr> = match &policy.names {
                Names::Given(answer) => answer(name),
                Names::System => match tokio::net::lookup_host((name, 0)).await {
                    Ok(found) => found.map(|a| a.ip()).collect(),
                    Err(error) => return Err(Box::new(Kind::Name(error.kind())) as _),
                },
            };
            if found.is_empty() {
                return Err(Box::new(Kind::Name(std::io::ErrorKind::NotFound)) as _);
            }
            let host = guard::host_key(name);
            let mut checked = Vec::with_capacity(found.len());
            let mut refused = None;
            for address in found {
                match guard::check_address(&policy, &host, address) {
                    Ok(()) => checked.push(SocketAddr::new(address, 0)),
                    Err(kind) => refused = Some(kind),
                }
            }
            match refused {
                // A name that mixes public and private addresses is a trap or a mistake: neither is worth a request.
                Some(kind) => Err(Box::new(kind) as _),
                None => Ok(Box::new(checked.into_iter()) as Addrs),
            }
        })
    }
}
