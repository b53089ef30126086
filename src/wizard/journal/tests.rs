use std::fs;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn effect(what: &str) -> EffectRecord {
    EffectRecord {
        system: System::Authentik,
        what: what.into(),
        undoes: None,
        secret: None,
        body: json!({"effect": "create-provider", "fields": {"name": what}}),
    }
}

fn done() -> Outcome {
    Outcome::Done { evidence: json!({"pk": 7}) }
}

/// A journal of two effects, the second one unfinished, and its bytes.
fn written(path: &Path) -> (Vec<Entry>, Vec<u8>) {
    let (mut journal, before) = Journal::open(path).unwrap();
    assert_eq!(before, []);
    let first = journal.begin("run-1", effect("Create the provider `x`\n\"y\" ✓")).unwrap();
    journal.end(first, done()).unwrap();
    journal.begin("run-1", effect("Create the application")).unwrap();
    (journal.entries().to_vec(), fs::read(path).unwrap())
}

#[test]
fn what_was_written_is_read_and_continued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/home.journal");
    let (entries, _) = written(&path);
    assert_eq!(entries.len(), 3);
    let (mut journal, again) = Journal::open(&path).unwrap();
    assert_eq!(again, entries);
    assert_eq!(journal.unfinished().map(|entry| entry.seq).collect::<Vec<_>>(), [Seq(3)]);
    let fault = Fault::new(System::Authentik, FaultKind::Lost, "create the application");
    journal.end(Seq(3), Outcome::Unknown { fault }).unwrap();
    assert_eq!(journal.unfinished().count(), 0);
    assert_eq!(Journal::read(&path).unwrap(), journal.entries());
}

#[test]
fn every_line_is_json_with_version_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (_, bytes) = written(&path);
    for (line, number) in String::from_utf8(bytes).unwrap().lines().zip(1..) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["v"], 1);
        assert_eq!(line["seq"], number);
    }
}

#[test]
fn a_write_torn_at_any_byte_loses_that_line_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (entries, bytes) = written(&path);
    for cut in 0..=bytes.len() {
        fs::write(&path, &bytes[..cut]).unwrap();
        let whole = bytes[..cut].split(|byte| *byte == b'\n').count() - 1;
        let (mut journal, found) = Journal::open(&path).unwrap();
        assert_eq!(found, entries[..whole], "cut at {cut}");
        assert_eq!(fs::read(&path).unwrap(), &bytes[..cut], "opening changes nothing");
        journal.begin("run-2", effect("Go on")).unwrap();
        let (_, found) = Journal::open(&path).unwrap();
        assert_eq!(found.len(), whole + 1, "cut at {cut}");
        assert_eq!(found[..whole], entries[..whole], "cut at {cut}");
    }
}

#[test]
fn zeros_in_place_of_the_last_line_are_a_torn_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (entries, bytes) = written(&path);
    let last_line = bytes[..bytes.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    for keep in [last_line, last_line + 5, last_line + 40] {
        for ended in [false, true] {
            let mut torn = bytes.clone();
            torn[keep..].fill(0);
            if ended {
                *torn.last_mut().unwrap() = b'\n';
            }
            fs::write(&path, &torn).unwrap();
            assert_eq!(Journal::read(&path).unwrap(), entries[..2], "from {keep}, {ended}");
        }
    }
}

#[test]
fn two_writers_refuse_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (mut one, _) = Journal::open(&path).unwrap();
    let (mut two, _) = Journal::open(&path).unwrap();
    one.begin("run-1", effect("One")).unwrap();
    let fault = two.begin("run-2", effect("Two")).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved);
    assert_eq!(Journal::read(&path).unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/home.journal");
    written(&path);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
}

/// Neither read nor opened for writing, and left as it is.
fn is_refused(bytes: &[u8]) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    fs::write(&path, bytes).unwrap();
    let refused = Journal::read(&path).is_err() && Journal::open(&path).is_err();
    refused && fs::read(&path).unwrap() == bytes
}

#[test]
fn what_is_not_ours_is_refused_and_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (_, bytes) = written(&path);
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<_> = text.lines().collect();
    for foreign in [
        "hello".into(),
        "hello\n".into(),
        "\n".into(),
        format!("{text}\n"),
        format!("{text}{{}}\n"),
        format!("{text}# a remark"),
        text.replace("\"v\":1", "\"v\":2"),
        "{\"v\":2,\"seq\":1".into(),
        // A line taken out, swapped, doubled.
        format!("{}\n{}\n", lines[0], lines[2]),
        format!("{}\n{}\n{}\n", lines[1], lines[0], lines[2]),
        format!("{}\n{}\n", lines[0], lines[0]),
    ] {
        assert!(is_refused(foreign.as_bytes()), "{foreign:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_byte_that_changed_is_noticed_and_not_touched(at in any::<prop::sample::Index>(), to in 1_u8..) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.journal");
        let (entries, mut bytes) = written(&path);
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        fs::write(&path, &bytes).unwrap();
        match Journal::read(&path) {
            Err(_) => prop_assert!(is_refused(&bytes)),
            // The one change that looks like a torn write: the last line has
            // lost its end.
            Ok(found) => {
                prop_assert_eq!(at, bytes.len() - 1);
                prop_assert_eq!(&found[..], &entries[..2]);
            }
        }
    }

    #[test]
    fn whatever_is_recorded_comes_back(
        texts in prop::collection::vec("\\PC{0,30}", 1..6), run in "[a-z0-9-]{1,12}"
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("home.journal");
        let (mut journal, _) = Journal::open(&path).unwrap();
        for text in &texts {
            let seq = journal.begin(&run, effect(text)).unwrap();
            journal.end(seq, done()).unwrap();
        }
        prop_assert_eq!(&Journal::read(&path).unwrap()[..], journal.entries());
    }
}
