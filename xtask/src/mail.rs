//! Letters against a real mail server, in the clear and over TLS: aiosmtpd from `PyPI` in a folder of its own, strict, started and
//! ended by the test; trustme makes the certificates.

use anyhow::Result;

use crate::{root, run};

/// The server and what makes its certificates, as they are on `PyPI`.
const PACKAGES: [&str; 2] = ["aiosmtpd==1.4.6", "trustme==1.2.1"];

pub(crate) fn mail() -> Result<()> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let venv = target.join("tools/mail");
    let python = venv.join("bin/python");
    let installed = venv.join(PACKAGES.join(" "));
    if !installed.exists() {
        run("python3", &["-m", "venv", &venv.to_string_lossy()])?;
        let install = ["-m", "pip", "install", "--quiet"];
        run(&python.to_string_lossy(), &[install.as_slice(), PACKAGES.as_slice()].concat())?;
        std::fs::write(&installed, "")?;
    }
    let certificates = venv.join("certificates");
    std::fs::create_dir_all(&certificates)?;
    let script = root().join("crates/delivery/tests/smtp/server.py");
    let make = [&*script.to_string_lossy(), "certificates", &*certificates.to_string_lossy()];
    run(&python.to_string_lossy(), &make)?;
    let status = std::process::Command::new("cargo")
        .args([
            "test",
            "--quiet",
            "--package",
            "delivery",
            "--test",
            "it",
            "--",
            "--ignored",
            "smtp",
        ])
        .env("UPTOSPEED_PYTHON", &python)
        .env("UPTOSPEED_MAIL_CERTIFICATES", &certificates)
        // The machine's authorities, for the program under test: as an operator adds one's own.
        .env("SSL_CERT_FILE", certificates.join("authority.pem"))
        .current_dir(root())
        .status()?;
    anyhow::ensure!(status.success(), "letters and the mail server do not agree");
    Ok(())
}
