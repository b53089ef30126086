use std::fs;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{mutated::mutated, site::FaultKind};

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

/// Leaves the anchor that was there when the journal had so many lines.
fn anchor_at(path: &Path, bytes: &[u8], lines: usize) {
    let end = bytes.split_inclusive(|byte| *byte == b'\n').take(lines).map(<[u8]>::len).sum();
    match Anchor::of(&Content::read(path, &bytes[..end]).unwrap().sums) {
        Some(anchor) => anchor.write(path).unwrap(),
        None => drop(fs::remove_file(Anchor::path(path))),
    }
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
        // A line is on the disk before its anchor is: this one, or the one
        // before, is what a crash leaves.
        anchor_at(&path, &bytes, whole.saturating_sub(cut % 2));
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
            anchor_at(&path, &bytes, 2);
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

#[test]
fn journal_cut_at_a_line_end_is_refused_until_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (entries, bytes) = written(&path);
    let anchor = fs::read(Anchor::path(&path)).unwrap();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    for left in 0..lines.len() {
        let cut = lines[..left].concat();
        fs::write(&path, &cut).unwrap();
        fs::write(Anchor::path(&path), &anchor).unwrap();
        for fault in [Journal::read(&path).unwrap_err(), Journal::open(&path).unwrap_err()] {
            let cut = Cut { found: left as u64, written: 3 };
            assert_eq!(fault, cut.fault(&path));
            assert_eq!(fault.kind, FaultKind::NotKept);
        }
        assert_eq!(fs::read(&path).unwrap(), cut, "it was touched");
        // The operator goes on: the gap stays noted, and is no alarm any more.
        let gap = Journal::cut(&path).unwrap().unwrap();
        assert_eq!(gap.lost(), Some(3 - left as u64));
        let (mut journal, found) = Journal::open_cut(&path, gap).unwrap();
        assert_eq!(found[..left], entries[..left]);
        assert_eq!(found[left].record, Record::Cut { found: left as u64, written: 3 });
        journal.begin("run-2", effect("Go on")).unwrap();
        assert_eq!(Journal::read(&path).unwrap(), journal.entries());
        assert_eq!(Journal::cut(&path).unwrap(), None);
    }
    // A journal that is gone as a whole is missing, too.
    fs::write(Anchor::path(&path), &anchor).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(Journal::read(&path).is_err() && Journal::open(&path).is_err());
}

#[test]
fn anchor_that_is_behind_is_a_crash_and_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (entries, bytes) = written(&path);
    for behind in 0..=2 {
        anchor_at(&path, &bytes, behind);
        assert_eq!(Journal::read(&path).unwrap(), entries);
        Journal::open(&path).unwrap();
        let anchor = Anchor::read(&path).unwrap().unwrap();
        assert_eq!(anchor.lines, 3, "an old journal, or one that was behind, has its anchor");
    }
}

#[test]
fn journal_of_another_history_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("home.journal"), folder.path().join("other.journal"));
    let (_, bytes) = written(&path);
    let (mut journal, _) = Journal::open(&other).unwrap();
    for _ in 0..4 {
        journal.begin("run-9", effect("Something else")).unwrap();
    }
    fs::write(&path, fs::read(&other).unwrap()).unwrap();
    let fault = Journal::open(&path).unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotKept);
    assert_eq!(Journal::cut(&path).unwrap().unwrap().lost(), None);
    // An anchor that is no anchor is told, with what to do.
    fs::write(&path, bytes).unwrap();
    fs::write(Anchor::path(&path), "{}").unwrap();
    let fault = Journal::open(&path).unwrap_err();
    let broken = JournalFailure::AnchorUnreadable(Anchor::path(&path));
    assert_eq!(fault, broken.at(&path, Tried::Read));
}

#[test]
fn reader_beside_a_writer_raises_no_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("home.journal");
    let (mut journal, _) = Journal::open(&path).unwrap();
    std::thread::scope(|scope| {
        let writes = scope.spawn(move || {
            for number in 0..60 {
                journal.begin("run-1", effect(&number.to_string())).unwrap();
            }
        });
        while !writes.is_finished() {
            Journal::read(&path).unwrap();
        }
    });
    assert_eq!(Journal::read(&path).unwrap().len(), 60);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/home.journal");
    written(&path);
    for path in [&path, &Anchor::path(&path)] {
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
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
        prop_assert!(Journal::read(&path).is_err() && Journal::open(&path).is_err());
        prop_assert_eq!(&fs::read(&path).unwrap(), &bytes, "it was touched");
        // Without an anchor one change looks like a torn write: the last line
        // has lost its end.
        fs::remove_file(Anchor::path(&path)).unwrap();
        match Journal::read(&path) {
            Err(_) => prop_assert!(is_refused(&bytes)),
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

/// A journal as it is written, and what is in it.
static WRITTEN: std::sync::LazyLock<(Vec<Entry>, Vec<u8>)> = std::sync::LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    written(&folder.path().join("home.journal"))
});

proptest! {
    /// No change of the bytes changes what is read: it is what was written, up
    /// to a line, or nothing.
    #[test]
    fn mutated_journals_are_refused_or_end_early(bytes in mutated(&[&WRITTEN.1])) {
        let (entries, _) = &*WRITTEN;
        if let Ok(content) = Content::read(Path::new("home.journal"), &bytes) {
            prop_assert!(entries.starts_with(&content.entries), "{:?}", content.entries);
            prop_assert!(content.length <= bytes.len() + 1);
        }
    }
}
