//! Documents that the program writes of itself.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::root;

pub(crate) fn run(check: bool) -> Result<()> {
    for (what, file) in [("errors", "docs/errors.md"), ("settings", "docs/settings.md")] {
        let out = Command::new("cargo")
            .args(["run", "--quiet", "--package", "uptospeed", "--", "docs", what])
            .current_dir(root())
            .output()?;
        if !out.status.success() {
            bail!("uptospeed docs {what}: {}", String::from_utf8_lossy(&out.stderr));
        }
        let path = root().join(file);
        if check {
            let found = fs::read(&path).with_context(|| file.to_owned())?;
            if found != out.stdout {
                bail!("{file} is old: `cargo xtask docs` writes it anew");
            }
        } else {
            fs::write(&path, &out.stdout)?;
        }
    }
    Ok(())
}
