//! From one engine to the other and back, without loss.

use std::collections::BTreeSet;

use store::Error;

use crate::both::Place;
use crate::same::history;
use crate::{article, at};

#[test]
fn a_store_goes_to_a_server_and_back_with_every_row() {
    let Some(server) = Place::server() else { return };
    let (file, back) = (Place::file(), Place::file());
    history(&file);
    let store = file.open();
    store.record_article(None, "https://a.example/zero", &article("a\0b"), at(0)).unwrap();
    let (mut there, mut home) = (Vec::new(), Vec::new());
    server.open().copy_from(&store, |table| there.push(table.clone())).unwrap();
    back.open().copy_from(&server.open(), |table| home.push(table.clone())).unwrap();
    assert!(there.iter().filter(|table| table.rows > 0).count() > 20, "{there:?}");
    assert_eq!(there.iter().map(|table| table.changed).sum::<u64>(), 1);
    for (there, home) in there.iter().zip(&home) {
        assert_eq!(
            (there.table, there.rows, there.checksum),
            (home.table, home.rows, home.checksum)
        );
    }
    for place in [&server, &back] {
        let copy = place.open();
        assert_eq!(copy.article_count().unwrap(), store.article_count().unwrap());
        assert_eq!(copy.news_version().unwrap(), store.news_version().unwrap());
        let search = store::Search { words: vec!["light rail".into()], ..store::Search::default() };
        let found = |store: &store::Store| {
            store
                .search(&search, 9, 0)
                .unwrap()
                .iter()
                .map(|hit| hit.article)
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(found(&copy), found(&store));
        assert!(!found(&copy).is_empty());
        // The next rows have ids of their own.
        assert!(
            copy.record_article(None, "https://a.example/new", &article("x"), at(1))
                .unwrap()
                .is_some()
        );
        assert!(copy.add_listing("https://new.example/feed", None, at(1)).unwrap());
        copy.vouched("Zoe", store::Role::Reader, at(1)).unwrap();
    }
}

#[test]
fn a_store_that_is_not_empty_is_not_written_over() {
    let Some(server) = Place::server() else { return };
    let source = Place::file();
    let (file, to) = (source.open(), server.open());
    to.set_meta("a", "1").unwrap();
    let error = to.copy_from(&file, |_| {}).unwrap_err();
    assert!(matches!(error, Error::Refused(_)), "{error}");
    assert!(error.to_string().contains("is not empty: its table meta has 1 rows"), "{error}");
    assert_eq!(to.meta("a").unwrap().as_deref(), Some("1"));
}

#[test]
fn every_column_of_every_table_is_copied() {
    let place = Place::file();
    drop(place.open());
    let conn = rusqlite::Connection::open(place.path()).unwrap();
    let mut query = conn
        .prepare(
            "SELECT t.name || '.' || c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' ORDER BY 1",
        )
        .unwrap();
    let columns: Vec<String> =
        query.query_map([], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(columns, store::copied_columns());
}
