//! Serves the fake identity provider until it is stopped: for the browser tests, and for trying a login by hand.
//!
//! ```text
//! cargo run -p testkit --example oidc -- PORT REDIRECT_URI
//! ```
//!
//! The client is `uptospeed` without a secret; whoever comes is Nora, <nora@paper.example>.

use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use testkit::fakeoidc::{FakeOidc, FakeOidcConfig, OidcUser};

#[expect(clippy::disallowed_methods, reason = "a program of its own, whose tokens are dated")]
fn now_secs() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let port: u16 = words.next().ok_or("which port?")?.parse()?;
    let config = FakeOidcConfig {
        client_id: "uptospeed".to_owned(),
        client_secret: String::new(),
        redirect_uri: words.next().ok_or("where to are people sent back?")?,
        now_secs: now_secs(),
    };
    let fake = FakeOidc::start_at(("127.0.0.1", port), config).await?;
    fake.set_user(OidcUser {
        subject: "nora-1".to_owned(),
        email: "nora@paper.example".to_owned(),
        email_verified: true,
        name: "Nora".to_owned(),
    });
    writeln!(std::io::stdout(), "{}", fake.issuer())?;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        fake.set_now(now_secs());
    }
}
