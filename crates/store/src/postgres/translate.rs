//! A statement in SQLite's words in the form that PostgreSQL reads, for one row or for many. Done once for each statement of a
//! connection.

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

/// A translated statement for one row in the form for many, whose parameters are arrays: one value of each for each row.
///
/// The row takes the place of the parameters: those of `INSERT … VALUES (…)` become columns of what is selected, an `UPDATE`
/// meets the rows where its condition says, and a `SELECT` is asked for each row in turn. `None` for other statements.
pub(super) fn for_many(sql: &str, types: &[&str]) -> Option<String> {
    let arrays = types.iter().enumerate().map(|(n, kind)| format!("${}::{kind}[]", n + 1));
    let names = (1..=types.len()).map(|n| format!("p{n}"));
    let given = format!(
        "unnest({}) WITH ORDINALITY AS given ({}, n)",
        arrays.collect::<Vec<_>>().join(", "),
        names.collect::<Vec<_>>().join(", ")
    );
    match sql.split_whitespace().next()? {
        "INSERT" => {
            let (head, rest) = split_outside(sql, " VALUES (")?;
            let (values, rest) = split_outside(rest, ")")?;
            let values = of_given(values);
            Some(format!("{head} SELECT {values} FROM {given} ORDER BY given.n{rest}"))
        }
        "UPDATE" => {
            let (head, condition) = split_outside(sql, " WHERE ")?;
            Some(format!("{} FROM {given} WHERE {}", of_given(head), of_given(condition)))
        }
        "SELECT" => Some(format!(
            "SELECT one.* FROM {given} CROSS JOIN LATERAL ({}) AS one ORDER BY given.n",
            of_given(sql)
        )),
        _ => None,
    }
}

/// Parameters as columns of the rows that are given.
fn of_given(sql: &str) -> String {
    let mut quoted = false;
    let mut out = String::with_capacity(sql.len() + 64);
    for letter in sql.chars() {
        quoted ^= letter == '\'';
        if letter == '$' && !quoted {
            out.push_str("given.p");
        } else {
            out.push(letter);
        }
    }
    out
}

/// What stands before and after the first `mark` that is inside of no quotes and no parentheses.
fn split_outside<'s>(sql: &'s str, mark: &str) -> Option<(&'s str, &'s str)> {
    let (mut quoted, mut depth) = (false, 0);
    for (at, letter) in sql.char_indices() {
        let (before, after) = sql.split_at(at);
        if !quoted
            && depth == 0
            && let Some(rest) = after.strip_prefix(mark)
        {
            return Some((before, rest));
        }
        quoted ^= letter == '\'';
        depth += match letter {
            '(' if !quoted => 1,
            ')' if !quoted => -1,
            _ => 0,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_for_one_row_becomes_one_for_many() {
        let check = |sql: &str, expected: Option<&str>| {
            let found = for_many(sql, &["int8", "text"]);
            let given = "unnest($1::int8[], $2::text[]) WITH ORDINALITY AS given (p1, p2, n)";
            assert_eq!(found, expected.map(|e| e.replace("GIVEN", given)));
        };
        check(
            "INSERT INTO t (a, b) VALUES ($1, f($2, ')$') || $2) ON CONFLICT (a) DO UPDATE SET b = excluded.b",
            Some(
                "INSERT INTO t (a, b) SELECT given.p1, f(given.p2, ')$') || given.p2 FROM GIVEN ORDER BY given.n \
                  ON CONFLICT (a) DO UPDATE SET b = excluded.b",
            ),
        );
        check(
            "UPDATE t SET b = (SELECT c FROM u WHERE d = $2), e = ' WHERE $' WHERE a = $1 AND b <> $2",
            Some(
                "UPDATE t SET b = (SELECT c FROM u WHERE d = given.p2), e = ' WHERE $' FROM GIVEN \
                  WHERE a = given.p1 AND b <> given.p2",
            ),
        );
        check(
            "SELECT b FROM t WHERE a = $1 LIMIT 2",
            Some(
                "SELECT one.* FROM GIVEN CROSS JOIN LATERAL (SELECT b FROM t WHERE a = given.p1 LIMIT 2) AS one ORDER BY given.n",
            ),
        );
        check("DELETE FROM t WHERE a = $1", None);
        check("INSERT INTO t SELECT a FROM u", None);
    }

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
