//! Input for parsers: what people and servers write, with pieces of it changed.

use proptest::{collection::vec, prelude::*, sample::Index};

/// What parsers stumble over: ends, quotes, escapes, the edges of numbers and of
/// encodings.
const PIECES: [&[u8]; 33] = [
    b"\0",
    b"\n",
    b"\r\n",
    b"\t",
    b" ",
    b"\"",
    b"'",
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b": ",
    b"#",
    b" #",
    b"|",
    b"*",
    b"!",
    b"@",
    b"&a ",
    b"*a",
    b"---\n",
    b"...\n",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\xff",
];

/// One change of a text.
#[derive(Clone, Debug)]
enum Change {
    Put {
        at: Index,
        byte: u8,
    },
    Insert {
        at: Index,
        piece: Index,
    },
    Remove {
        at: Index,
        length: usize,
    },
    Double {
        at: Index,
        length: usize,
    },
    Cut {
        at: Index,
    },
    /// The rest comes from another seed.
    Cross {
        at: Index,
        seed: Index,
        from: Index,
    },
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Put { at, byte }),
        (at(), at()).prop_map(|(at, piece)| Change::Insert { at, piece }),
        (at(), 1..40_usize).prop_map(|(at, length)| Change::Remove { at, length }),
        (at(), 1..80_usize).prop_map(|(at, length)| Change::Double { at, length }),
        at().prop_map(|at| Change::Cut { at }),
        (at(), at(), at()).prop_map(|(at, seed, from)| Change::Cross { at, seed, from }),
    ]
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        // The end is a place, too.
        let place = |at: &Index, bytes: &[u8]| at.index(bytes.len() + 1);
        match self {
            Self::Put { at, byte } => {
                let at = place(at, bytes);
                if let Some(there) = bytes.get_mut(at) {
                    *there = *byte;
                }
            }
            Self::Insert { at, piece } => {
                let at = place(at, bytes);
                bytes.splice(at..at, piece.get(&PIECES).iter().copied());
            }
            Self::Remove { at, length } => {
                let at = place(at, bytes);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Self::Double { at, length } => {
                let at = place(at, bytes);
                let end = bytes.len().min(at + length);
                let piece = bytes[at..end].to_vec();
                bytes.splice(end..end, piece);
            }
            Self::Cut { at } => bytes.truncate(place(at, bytes)),
            Self::Cross { at, seed, from } => {
                bytes.truncate(place(at, bytes));
                let seed = seed.get(seeds);
                bytes.extend_from_slice(&seed[place(from, seed)..]);
            }
        }
    }
}

/// One of the seeds with one to eight changes.
///
/// # Panics
/// Without seeds.
pub(crate) fn mutated<S: AsRef<[u8]>>(seeds: &[S]) -> impl Strategy<Value = Vec<u8>> + use<S> {
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| seed.as_ref().to_vec()).collect();
    (any::<Index>(), vec(change(), 1..=8)).prop_map(move |(seed, changes)| {
        let mut bytes = seed.get(&seeds).clone();
        for change in changes {
            change.make(&mut bytes, &seeds);
        }
        bytes
    })
}

/// The same as text; what is none is replaced by U+FFFD.
pub(crate) fn mutated_text<S: AsRef<[u8]>>(seeds: &[S]) -> impl Strategy<Value = String> + use<S> {
    mutated(seeds).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
