//! What was read leaves the program as tables that others can use.

use super::{output, stderr, stdout};

use parquet::file::reader::{FileReader, SerializedFileReader};

/// The bundled day in a store, and a configuration that names it.
fn day() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let done = output(folder.path(), &["try", "--once", "--keep", "day.db"]);
    assert!(done.status.success(), "{}", stderr(&done));
    std::fs::write(folder.path().join("uptospeed.toml"), "[store]\nfile = \"day.db\"\n").unwrap();
    folder
}

#[test]
fn the_day_as_tables() {
    let folder = day();
    let run = |args: &[&str]| {
        let done = output(folder.path(), args);
        assert!(done.status.success(), "{args:?}: {}", stderr(&done));
        stdout(&done)
    };

    let lines = run(&["export", "--what", "events"]);
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(rows.iter().any(|r| r["killed"] == 14 && r["kind"] == "accident"), "the tunnel's toll");
    assert!(rows.iter().any(|r| r["background"] == true), "background is there, and marked");

    let polecat = run(&["export", "--what", "events", "--layout", "polecat", "--to", "csv"]);
    let (header, body) = polecat.split_once("\r\n").unwrap();
    assert!(header.starts_with("Event ID,Event Date,Event Type,Event Mode,Quad Code,Contexts"));
    assert!(body.contains("PROTEST") && !body.contains(",accident,"));

    run(&["export", "--what", "statements", "--to", "parquet", "--output", "said.parquet"]);
    let file = std::fs::File::open(folder.path().join("said.parquet")).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let said = run(&["export", "--what", "statements"]).lines().count();
    assert_eq!(reader.metadata().file_metadata().num_rows(), said as i64);
    let first = reader.get_row_iter(None).unwrap().next().unwrap().unwrap();
    assert!(first.get_column_iter().any(|(name, _)| name == "speaker"));

    let stories = run(&["export", "--what", "stories", "--to", "csv"]);
    assert!(stories.contains("14 dead"), "figures stand in the row");
    for what in ["readings", "events"] {
        assert!(!run(&["export", "--what", what, "--to", "csv"]).is_empty());
    }
    for layout in ["acled", "gtd"] {
        let rows = run(&["export", "--what", "events", "--layout", layout, "--to", "csv"]);
        let width = |line: &str| line.split(',').count();
        assert!(width(rows.lines().next().unwrap()) >= 18, "{layout}");
    }
}

#[test]
fn what_cannot_be_is_said() {
    let folder = day();
    let check = |args: &[&str], expected: &str| {
        let done = output(folder.path(), args);
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(stderr(&done).contains(expected), "{}", stderr(&done));
    };
    check(&["export", "--to", "parquet"], "--output");
    check(&["export", "--what", "stories", "--layout", "gtd"], "--what events");
    check(&["export", "--output", "no/such/folder.csv"], "no/such/folder.csv");
}
