//! A copy of the store, what is found of its damage, and the way back.

use super::{output, stderr, stdout};

#[test]
fn a_copy_is_proved_and_restored_and_damage_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |args: &[&str]| output(folder.path(), args);
    let fine = |args: &[&str]| {
        let done = run(args);
        assert!(done.status.success(), "{args:?}: {}", stderr(&done));
        stdout(&done)
    };
    let check = |args: &[&str], expected: &str| {
        let done = run(args);
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(stderr(&done).contains(expected), "{}", stderr(&done));
    };
    fine(&["try", "--once", "--articles", "5", "--keep", "uptospeed.db"]);
    let before = fine(&["export", "--what", "readings"]);
    assert!(fine(&["backup", "copy.db"]).contains("whole"));
    assert!(fine(&["restore", "copy.db", "--verify"]).contains("whole"));
    check(&["backup", "copy.db"], "is there already");
    check(&["restore", "copy.db"], "not overwritten");
    // The machine loses the store.
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(at(&format!("uptospeed.db{end}"))));
    }
    check(&["backup", "other.db"], "there is no store");
    fine(&["restore", "copy.db"]);
    assert_eq!(fine(&["export", "--what", "readings"]), before);
    // A byte anywhere in the copy, its end, its label: each is found, and nothing is restored.
    let (whole, label) = (
        std::fs::read(at("copy.db")).unwrap(),
        std::fs::read_to_string(at("copy.db.json")).unwrap(),
    );
    for place in (0..whole.len()).step_by(whole.len() / 20) {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x55;
        std::fs::write(at("copy.db"), bytes).unwrap();
        check(&["restore", "copy.db", "--verify"], "is damaged");
    }
    std::fs::write(at("copy.db"), &whole[..whole.len() / 2]).unwrap();
    check(&["restore", "copy.db", "--verify"], "is damaged");
    std::fs::write(at("copy.db"), &whole).unwrap();
    std::fs::remove_file(at("copy.db.json")).unwrap();
    check(&["restore", "copy.db"], "copy.db.json");
    std::fs::write(at("copy.db.json"), label.replace("\"listing\": ", "\"listing\": 9")).unwrap();
    check(&["restore", "copy.db", "--verify"], "not those of its label");
    // A damaged page that somebody has put a fitting hash beside: the file's own structure tells.
    let mut bytes = whole.clone();
    bytes[4096..4104].fill(0xaa);
    std::fs::write(at("copy.db"), &bytes).unwrap();
    let hash = |bytes: &[u8]| {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    std::fs::write(at("copy.db.json"), label.replace(&hash(&whole), &hash(&bytes))).unwrap();
    check(&["restore", "copy.db", "--verify"], "is damaged");
}
