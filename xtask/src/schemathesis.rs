//! The API against its own description: schemathesis from `PyPI` asks what the document allows and what it forbids, with a fixed
//! seed, and no answer may be a server's error or other than described.

use anyhow::Result;

use crate::load::{self, Server};

/// The versions, as they are on `PyPI`.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "hypothesis==6.170.15"];

/// Stories in the store that is asked.
const STORIES: u32 = 1_000;

pub(crate) fn run(args: &[&str]) -> Result<()> {
    let examples = match args {
        ["--examples", number, ..] => *number,
        _ => "30",
    };
    let venv = load::target().join("tools/schemathesis");
    let (python, st) = (venv.join("bin/python"), venv.join("bin/st"));
    let mark = venv.join(PACKAGES.join("-"));
    if !mark.exists() {
        crate::run("python3", &["-m", "venv", &venv.to_string_lossy()])?;
        let python = python.to_string_lossy();
        crate::run(&python, &[&["-m", "pip", "install", "--quiet"], PACKAGES.as_slice()].concat())?;
        std::fs::write(&mark, "")?;
    }
    let program = load::seeded()?;
    let (file, _) = load::filled(&program, STORIES)?;
    let server = Server::start(&program, &file, 0)?;
    let document = format!("http://127.0.0.1:{}/api/openapi.json", server.port);
    // A method that changes something is refused (403) before the route is looked at, unless a page of ours caused it: no 405.
    let fixed = [
        "--seed",
        "1",
        "--generation-database",
        "none",
        "--no-color",
        "--exclude-checks",
        "unsupported_method",
    ];
    let asked = [&["run", &document, "--max-examples", examples], fixed.as_slice()].concat();
    crate::run(&st.to_string_lossy(), &asked)
}
