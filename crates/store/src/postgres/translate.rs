//! A statement in SQLite's words in the form that PostgreSQL reads. Done once for each statement of a connection.

/// Parameters `?1` become `$1`, LIKE ignores the case of letters as it does in SQLite, and hints about indexes go.
pub(super) fn translate(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut in_text = false;
    let mut words = sql.split_inclusive([' ', '\n']);
    while let Some(word) = words.next() {
        let bare = word.trim_end();
        if !in_text && bare == "INDEXED" {
            // INDEXED BY name
            words.next();
            words.next();
            continue;
        }
        // CROSS JOIN with a condition is SQLite's way to keep the order of tables.
        if !in_text && bare == "CROSS" {
            continue;
        }
        if !in_text && bare == "LIKE" {
            out.push('I');
        }
        for letter in word.chars() {
            in_text ^= letter == '\'';
            out.push(if letter == '?' && !in_text { '$' } else { letter });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_changes_and_nothing_inside_quotes() {
        let check = |sql: &str, expected: &str| assert_eq!(translate(sql), expected);
        check("SELECT a FROM b WHERE c = ?1 OR d = ?12", "SELECT a FROM b WHERE c = $1 OR d = $12");
        check("SELECT '?1 LIKE ' || x WHERE y LIKE ?2", "SELECT '?1 LIKE ' || x WHERE y ILIKE $2");
        check("FROM a INDEXED BY i JOIN b ON a.x = b.y", "FROM a JOIN b ON a.x = b.y");
        check("FROM a INDEXED BY i\n WHERE x = ?1", "FROM a  WHERE x = $1");
        check("FROM (x) d\n  CROSS JOIN t ON t.id = d.x", "FROM (x) d\n  JOIN t ON t.id = d.x");
        check("WHERE what = 'it''s ?1' AND é = ?2", "WHERE what = 'it''s ?1' AND é = $2");
    }
}
