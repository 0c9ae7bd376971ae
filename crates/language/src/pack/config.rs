//! The `config.cfg` of a pipeline: sections of `name = JSON value` lines.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::Error;

/// A pipeline's configuration.
#[derive(Debug)]
pub(crate) struct Config {
    file: PathBuf,
    values: FxHashMap<String, Value>,
}

impl Config {
    pub(crate) fn parse(file: &Path, text: &str) -> Self {
        let mut values = FxHashMap::default();
        let mut section = "";
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                section = name;
            } else if let Some((name, value)) = line.split_once('=') {
                // values that are no JSON (references like ${…}) are not needed
                if let Ok(value) = serde_json::from_str(value.trim()) {
                    values.insert(format!("{section}.{}", name.trim()), value);
                }
            }
        }
        Self { file: file.to_owned(), values }
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// A value as it stands there.
    pub(crate) fn get(&self, section: &str, name: &str) -> Option<&Value> {
        self.values.get(&format!("{section}.{name}"))
    }

    pub(crate) fn str(&self, section: &str, name: &str) -> Option<&str> {
        self.get(section, name)?.as_str()
    }

    pub(crate) fn bool(&self, section: &str, name: &str) -> Option<bool> {
        self.get(section, name)?.as_bool()
    }

    pub(crate) fn number(&self, section: &str, name: &str) -> Option<u64> {
        self.get(section, name)?.as_u64()
    }

    /// A list of names; empty where there is none.
    pub(crate) fn names(&self, section: &str, name: &str) -> Vec<&str> {
        let list = self.get(section, name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Refuses what an architecture other than the expected ones would compute.
    pub(crate) fn check_architecture(&self, section: &str, known: &[&str]) -> Result<(), Error> {
        let Some(name) = self.str(section, "@architectures") else {
            return Err(Error::broken(
                &self.file,
                format!("section [{section}] names no architecture"),
            ));
        };
        let plain = name.rsplit_once(".v").map_or(name, |(plain, _)| plain);
        let plain =
            plain.strip_prefix("spacy-legacy.").or(plain.strip_prefix("spacy.")).unwrap_or(plain);
        if known.contains(&plain) {
            return Ok(());
        }
        Err(Error::unsupported(
            &self.file,
            format!("section [{section}] asks for {name}, which is not known here"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_values_are_read() {
        let text = "[nlp]\nlang = \"en\"\npipeline = [\"a\",\"b\"]\n[x.model]\n@architectures = \"spacy.Tagger.v2\"\nwidth = ${y:z}\n";
        let config = Config::parse(Path::new("config.cfg"), text);
        assert_eq!(config.str("nlp", "lang"), Some("en"));
        assert_eq!(config.names("nlp", "pipeline"), ["a", "b"]);
        assert!(config.check_architecture("x.model", &["Tagger"]).is_ok());
        let error = config.check_architecture("x.model", &["Tok2Vec"]).map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| e.contains("spacy.Tagger.v2")));
    }
}
