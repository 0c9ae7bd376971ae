//! The Python module under the package `uptospeed`: articles in as JSON lines of the contract, readings and stories out as such.
//!
//! The package's Python half (`python/uptospeed/__init__.py`) turns Python's and Arrow's values into lines and back; what is
//! between them is the program's own code, so that both say the same. Python's lock is released while texts are read. It
//! installs no pack and never uses the network.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use language::Engines;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;
use reading::Gazetteer;
use serde_json::{Value, json};
use stories::stream::{Line, Show, stream};

/// Packs that are loaded, and what is read with them.
#[pyclass(frozen, module = "uptospeed._uptospeed")]
#[derive(Debug)]
struct Reader(reading::Reader);

/// What became of one line: its answer, or what is wrong with it.
type Answer = Result<String, String>;

#[pymethods]
impl Reader {
    /// Loads the packs of a folder; without one nothing but rules.
    #[new]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what Python hands over is taken out of its hands"
    )]
    #[pyo3(signature = (packs=None, places=None))]
    fn new(py: Python<'_>, packs: Option<PathBuf>, places: Option<PathBuf>) -> PyResult<Self> {
        py.detach(|| {
            let engines = packs.as_deref().map(Engines::load).unwrap_or_default();
            let gazetteer = match places {
                None => None,
                Some(file) => {
                    let bytes = std::fs::read(&file)?;
                    let opened = Gazetteer::new(Arc::new(bytes));
                    Some(opened.map_err(|e| wrong(&format!("{}: {e}", file.display())))?)
                }
            };
            Ok(Self(reading::Reader::new(engines, gazetteer)))
        })
    }

    /// Reads one line, on this thread.
    fn read(&self, py: Python<'_>, line: &str) -> PyResult<String> {
        py.detach(|| self.answer(line)).map_err(|why| wrong(&why))
    }

    /// Reads many lines on all cores; a line that cannot be read gives why, in its place.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what Python hands over is taken out of its hands"
    )]
    fn read_many(
        &self,
        py: Python<'_>,
        lines: Vec<String>,
    ) -> Vec<(Option<String>, Option<String>)> {
        py.detach(|| {
            let answers = lines.par_iter().map(|line| self.answer(line));
            answers.map(|answer| (answer.as_ref().ok().cloned(), answer.err())).collect()
        })
    }

    /// Joins lines into stories, in the order of their times; `now` in seconds since 1970.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "what Python hands over is taken out of its hands"
    )]
    fn stories(
        &self,
        py: Python<'_>,
        lines: Vec<String>,
        updates: bool,
        last: bool,
        now: i64,
    ) -> PyResult<Vec<String>> {
        py.detach(|| {
            let now = Timestamp::from_second(now).map_err(|e| wrong(&e.to_string()))?;
            let read: Result<Vec<Line>, String> =
                lines.par_iter().enumerate().map(|(n, line)| self.line(n, line)).collect();
            let read = read.map_err(|why| wrong(&why))?;
            let show = Show { updates, last, ..Show::default() };
            let mut out = Vec::new();
            stream(&read, stories::Options::default(), show, now, |value| {
                out.push(value.to_string());
            });
            Ok(out)
        })
    }
}

impl Reader {
    /// The contract's answer to a line of the contract.
    fn answer(&self, line: &str) -> Answer {
        let line = parsed(line)?;
        let mut article = article::line::article(&line)?;
        let (_, reading) = self.0.read(&mut article, None);
        let mut printed = reading::contract::article_json(&article);
        if let (Some(id), Some(object)) = (line.get("id"), printed.as_object_mut()) {
            object.insert("id".to_owned(), id.clone());
        }
        let reading = reading::contract::reading_json(&article, &reading);
        Ok(json!({"article": printed, "reading": reading}).to_string())
    }

    /// A line read for its story.
    fn line(&self, number: usize, line: &str) -> Result<Line, String> {
        let at = |why: String| format!("article {number}: {why}");
        let line = parsed(line).map_err(at)?;
        let mut article = article::line::article(&line).map_err(at)?;
        let (_, reading) = self.0.read(&mut article, None);
        let text = stories::vector_text(&article);
        let vectors = self.0.engines.encode(&[&text]);
        Ok(Line {
            id: article.id.clone().unwrap_or_else(|| number.to_string()),
            outlet: article.outlet.clone().unwrap_or_default(),
            published: article.published.map(|m| m.at),
            article,
            reading,
            vector: vectors.and_then(|mut all| all.pop()).map(|vector| vector.to_vec()),
        })
    }
}

fn parsed(line: &str) -> Result<Value, String> {
    serde_json::from_str(line).map_err(|e| format!("is no JSON: {e}"))
}

fn wrong(why: &str) -> PyErr {
    PyValueError::new_err(why.to_owned())
}

/// The native half of the package.
#[pymodule]
mod _uptospeed {
    #[pymodule_export]
    use super::Reader;
}
