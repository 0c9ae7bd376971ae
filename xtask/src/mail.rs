//! Letters against a real mail server: aiosmtpd from `PyPI` in a folder of its own, strict, started and ended by the test.

use anyhow::Result;

use crate::{root, run};

/// The server's version, as it is on `PyPI`.
const AIOSMTPD: &str = "aiosmtpd==1.4.6";

pub(crate) fn mail() -> Result<()> {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    let venv = target.join("tools/mail");
    let python = venv.join("bin/python");
    if !venv.join("bin/aiosmtpd").exists() {
        run("python3", &["-m", "venv", &venv.to_string_lossy()])?;
        run(&python.to_string_lossy(), &["-m", "pip", "install", "--quiet", AIOSMTPD])?;
    }
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
        .current_dir(root())
        .status()?;
    anyhow::ensure!(status.success(), "letters and the mail server do not agree");
    Ok(())
}
