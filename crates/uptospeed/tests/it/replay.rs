//! The bundled day through the real pipeline.

use serde_json::Value;

use crate::{output, stderr, stdout};

fn day(args: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let out = output(folder.path(), &[&["try", "--once", "--json"], args].concat());
    assert!(out.status.success(), "{}\n{}", stdout(&out), stderr(&out));
    serde_json::from_str(&stdout(&out)).unwrap()
}

#[test]
fn five_articles_go_the_whole_way() {
    let summary = day(&["--articles", "5"]);
    assert_eq!(summary["articles"], 5);
    assert_eq!(summary["doubled"], 0);
    assert_eq!(summary["lost"], 0);
    assert!(summary["sent"].as_u64().unwrap() >= 1);
}

#[test]
fn the_whole_day_becomes_its_stories_and_nothing_is_lost_or_doubled() {
    let summary = day(&[]);
    assert_eq!(summary["articles"], summary["expected"]);
    assert_eq!(summary["doubled"], 0);
    assert_eq!(summary["lost"], 0);
    let main = &summary["list"][0];
    assert_eq!(main["languages"].as_array().unwrap().len(), 4, "{main}");
    assert!(main["outlets"].as_u64().unwrap() >= 7, "{main}");
    assert!(main["figures"].as_str().unwrap().contains("14"), "{main}");
    assert!(main["edits"].as_u64().unwrap() >= 5, "{main}");
    assert!(main["replies"].as_u64().unwrap() <= 2, "{main}");
}
