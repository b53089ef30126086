//! Journals that somebody cut, changed or brought back: none is taken for the
//! whole truth.

use std::{fs, path::Path};

use immich_sso::wizard::{Entry, Journal};

use crate::{
    runs::{Run, walk},
    table,
};

/// A journal as it was read, or why it was refused.
fn opens(path: &Path) -> Result<Vec<Entry>, String> {
    Journal::open(path).map(|(_, entries)| entries).map_err(|fault| fault.to_string())
}

/// The journal with that text, with or without an anchor.
fn try_it(text: &[u8], anchor: Option<&str>) -> Result<Vec<Entry>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/default.journal");
    // The folder is made as the program makes it.
    drop(Journal::open(&path).unwrap());
    fs::write(&path, text).unwrap();
    match anchor {
        Some(anchor) => fs::write(path.with_extension("anchor"), anchor).unwrap(),
        None => drop(fs::remove_file(path.with_extension("anchor"))),
    }
    opens(&path)
}

/// Copies of the journal that are not as they were written.
fn copies(text: &[u8]) -> Vec<(String, Vec<u8>)> {
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let mut copies = vec![
        ("nothing in it".to_owned(), Vec::new()),
        (
            "line ends of another system".into(),
            text.iter().fold(Vec::new(), |mut all, byte| {
                if *byte == b'\n' {
                    all.push(b'\r');
                }
                all.push(*byte);
                all
            }),
        ),
        ("twice".into(), [text, text].concat()),
        ("a line of another program behind it".into(), [text, b"hello\n"].concat()),
    ];
    for at in 1..lines.len() {
        copies.push((format!("cut behind line {at}"), lines[..at].concat()));
        copies.push((format!("cut within line {at}"), {
            let mut cut = lines[..at].concat();
            cut.truncate(cut.len() - lines[at - 1].len() / 2);
            cut
        }));
        copies.push((format!("without line {at}"), {
            [lines[..at - 1].concat(), lines[at..].concat()].concat()
        }));
        copies.push((format!("line {at} after the next"), {
            [&lines[..at - 1].concat()[..], lines[at], lines[at - 1], &lines[at + 1..].concat()]
                .concat()
        }));
    }
    for at in (0..text.len()).step_by(97) {
        let mut changed = text.to_vec();
        changed[at] = if changed[at] == b'7' { b'8' } else { b'7' };
        copies.push((format!("another byte {at}"), changed));
    }
    copies
}

/// What somebody does, and how.
type Meanwhile = (&'static str, fn(&Path));

/// What somebody does with the journal, or the folder that it is in, under a
/// program that is at work.
const MEANWHILE: [Meanwhile; 4] = [
    ("is removed", |journal| fs::remove_file(journal).unwrap()),
    ("goes with its folder", |journal| fs::remove_dir_all(journal.parent().unwrap()).unwrap()),
    ("is replaced by a copy", |journal| {
        let copy = journal.with_extension("copy");
        fs::copy(journal, &copy).unwrap();
        fs::rename(copy, journal).unwrap();
    }),
    ("goes elsewhere with its folder", |journal| {
        let folder = journal.parent().unwrap();
        fs::rename(folder, folder.with_extension("old")).unwrap();
    }),
];

/// Whether a line is written where nobody will read it.
fn writes_on(meanwhile: fn(&Path)) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state/default.journal");
    let (mut journal, _) = Journal::open(&path).unwrap();
    journal.finish("one").unwrap();
    meanwhile(&path);
    journal.finish("two").is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn journals_that_are_not_whole_are_refused() {
    let (site, wire) = Run::Undo.open().await;
    walk(&site, &wire, Run::Undo, immich_sso::plain::Ink::Mono).await;
    let path = site.folders().journal("test");
    let text = fs::read(&path).unwrap();
    let anchor = fs::read_to_string(path.with_extension("anchor")).unwrap();
    let truth = try_it(&text, Some(&anchor)).unwrap();
    assert!(truth.len() > 8, "{truth:?}");

    let (mut tries, mut broken) = (0, Vec::new());
    for (name, copy) in copies(&text) {
        tries += 1;
        if try_it(&copy, Some(&anchor)).is_ok() {
            broken.push(format!("{name}: it is taken"));
        }
        // Without its anchor the end may be missing, and nothing else.
        tries += 1;
        if try_it(&copy, None).is_ok_and(|read| !truth.starts_with(&read)) {
            broken.push(format!("{name}, without an anchor: it is taken"));
        }
    }
    let other = anchor.replace("\"lines\":", "\"lines\":1");
    for (name, anchor) in [("of a longer one", other.as_str()), ("empty", ""), ("garbage", "{]")] {
        tries += 1;
        if try_it(&text, Some(anchor)).is_ok() {
            broken.push(format!("an anchor, {name}: it is taken"));
        }
    }
    for (name, meanwhile) in MEANWHILE {
        tries += 1;
        if writes_on(meanwhile) {
            broken.push(format!("it {name} under a run: lines go nowhere"));
        }
    }
    table::row("A journal is cut, changed or brought back", tries, &broken);
}
