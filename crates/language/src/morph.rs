//! Morphological features in their text form, `Feature=Value|Feature=Value`.

/// The form in which the columns hold it: `_` is nothing.
pub(crate) fn normal(features: &str) -> &str {
    if features == "_" { "" } else { features }
}

/// The value of a feature.
pub(crate) fn get<'a>(features: &'a str, name: &str) -> Option<&'a str> {
    let [value] = values(features, [name]);
    value
}

/// The values of several features.
pub(crate) fn values<'a, const N: usize>(
    features: &'a str,
    names: [&str; N],
) -> [Option<&'a str>; N] {
    let mut values = [None; N];
    for (name, value) in features.split('|').filter_map(|pair| pair.split_once('=')) {
        for (to, _) in values.iter_mut().zip(names).filter(|(_, n)| *n == name) {
            to.get_or_insert(value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_found() {
        assert_eq!(get("Number=Sing|Person=3", "Person"), Some("3"));
        assert_eq!(get("Number=Sing", "Person"), None);
        let several = values("Case=Nom|Number=Sing|Number=Plur", ["Number", "Person", "Case"]);
        assert_eq!(several, [Some("Sing"), None, Some("Nom")]);
        assert_eq!(normal("_"), "");
    }
}
