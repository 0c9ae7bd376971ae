//! Morphological features in their text form, `Feature=Value|Feature=Value`.

/// The form in which the columns hold it: `_` is nothing.
pub(crate) fn normal(features: &str) -> &str {
    if features == "_" { "" } else { features }
}

/// The value of a feature.
pub(crate) fn get<'a>(features: &'a str, name: &str) -> Option<&'a str> {
    features
        .split('|')
        .filter_map(|pair| pair.split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_found() {
        assert_eq!(get("Number=Sing|Person=3", "Person"), Some("3"));
        assert_eq!(get("Number=Sing", "Person"), None);
        assert_eq!(normal("_"), "");
    }
}
