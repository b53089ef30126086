//! The anchors that a secret store keeps, one for each place at which a journal
//! of the site is written: two workstations may share a store, and each has a
//! journal of its own. What one of them wrote is missing on no other.

use std::path::Path;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::{Journal, anchor::Anchor, failure::Cut, lines::Content};
use crate::site::Fault;

/// The format of the anchors.
const VERSION: u32 = 2;
/// How many are kept; the one that was written least recently goes first.
const MOST: usize = 16;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchors {
    v: u32,
    anchors: Vec<Placed>,
}

/// The anchor of the journal at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Placed {
    /// The place. Empty: an earlier release did not note it.
    place: String,
    /// The checksum of the journal's first line: it tells journals apart.
    first: String,
    anchor: Anchor,
}

impl Default for Anchors {
    fn default() -> Self {
        Self { v: VERSION, anchors: Vec::new() }
    }
}

impl Anchors {
    /// The anchors from their text. An earlier release kept one, of no place.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let now = serde_json::from_str::<Self>(text).ok().filter(|all| all.v == VERSION);
        now.or_else(|| {
            let anchor = Anchor::parse(text)?;
            let only = Placed { place: String::new(), first: String::new(), anchor };
            Some(Self { anchors: vec![only], ..Self::default() })
        })
    }

    /// Whether that is the text of a later release's anchors: they are its own to
    /// read and to replace.
    #[must_use]
    pub fn is_later(text: &str) -> bool {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        serde_json::from_str::<Version>(text).is_ok_and(|anchors| anchors.v > VERSION)
    }

    /// Their text.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn text(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// Compares them with a journal at `place` whose lines have these
    /// checksums. The journal must hold what was written at this place, and
    /// what was written to this very journal at any other, such as on a machine
    /// from which it was moved here.
    ///
    /// # Errors
    /// What the journal lacks.
    fn hold(&self, place: &str, sums: &[String]) -> Result<(), Cut> {
        let mut of_this = self.anchors.iter().filter(|kept| kept.is_of(place, sums));
        of_this.try_for_each(|kept| kept.anchor.holds(sums))
    }

    /// Whether that is the only one that is kept of the journal at `place`.
    fn has(&self, place: &str, sums: &[String]) -> bool {
        let mut of_this = self.anchors.iter().filter(|kept| kept.is_of(place, sums));
        let now = Anchor::of(sums);
        let only = of_this.next().is_some_and(|kept| {
            kept.place == place && !kept.first.is_empty() && Some(&kept.anchor) == now.as_ref()
        });
        only && of_this.next().is_none()
    }

    /// Keeps the one of the journal at `place` whose lines have these checksums,
    /// instead of what was kept of it.
    fn keep(&mut self, place: &str, sums: &[String]) {
        let (Some(anchor), Some(first)) = (Anchor::of(sums), sums.first()) else { return };
        self.anchors.retain(|kept| !kept.is_of(place, sums));
        self.anchors.push(Placed { place: place.to_owned(), first: first.clone(), anchor });
        self.anchors.drain(..self.anchors.len().saturating_sub(MOST));
    }
}

impl Placed {
    fn is_of(&self, place: &str, sums: &[String]) -> bool {
        self.place.is_empty() || self.place == place || sums.first() == Some(&self.first)
    }
}

impl Journal {
    /// What the journal at `path` on the machine of that name lacks, by anchors
    /// that were kept elsewhere.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn lacks(path: &Path, machine: &str, anchors: &Anchors) -> Result<Option<Cut>, Fault> {
        let place = place(machine, path);
        Ok(anchors.hold(&place, &Content::of(path)?.sums).err())
    }

    /// Whether these are the anchors of what is written so far on the machine of
    /// that name.
    #[must_use]
    pub fn is_anchored(&self, machine: &str, anchors: &Anchors) -> bool {
        self.sums.is_empty() || anchors.has(&place(machine, &self.path), &self.sums)
    }

    /// Puts the anchor of what is written so far among others.
    pub fn put_anchor(&self, machine: &str, anchors: &mut Anchors) {
        anchors.keep(&place(machine, &self.path), &self.sums);
    }
}

/// The place of the journal at `path` on the machine of that name. It names
/// neither in clear.
fn place(machine: &str, path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = format!("{machine}\0{}", path.display());
    let hash = digest(&SHA256, text.as_bytes());
    HEXLOWER.encode(&hash.as_ref()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn journals_of_other_places_lack_nothing_here() {
        let (here, there) = (sums(&["a", "b"]), sums(&["x", "y", "z"]));
        let mut kept = Anchors::default();
        kept.keep("there", &there);
        assert_eq!(kept.hold("here", &here), Ok(()));
        assert_eq!(kept.hold("here", &[]), Ok(()));
        kept.keep("here", &here);
        assert_eq!(Anchors::parse(&kept.text().unwrap()), Some(kept.clone()));
        for (place, sums) in [("here", &here), ("there", &there)] {
            assert_eq!(kept.hold(place, sums), Ok(()));
            assert!(kept.has(place, sums));
        }
    }

    #[test]
    fn journal_that_is_behind_is_noticed_here_and_where_it_was_moved_to() {
        let all = sums(&["a", "b", "c"]);
        let mut kept = Anchors::default();
        kept.keep("here", &all);
        for (place, sums) in [("here", &all[..2]), ("here", &[]), ("moved", &all[..2])] {
            let found = sums.len() as u64;
            assert_eq!(kept.hold(place, sums), Err(Cut { found, written: 3 }), "{place}");
        }
        // Gone on with where it was moved to: one of it is left.
        let on = sums(&["a", "b", "d"]);
        kept.keep("moved", &on);
        assert!(kept.has("moved", &on) && !kept.has("here", &all));
        assert!(kept.hold("here", &all).is_err());
    }

    #[test]
    fn anchor_of_an_earlier_release_still_counts() {
        let text = Anchor::of(&sums(&["a", "b"])).unwrap().text().unwrap();
        let mut kept = Anchors::parse(&text).unwrap();
        assert!(kept.hold("here", &sums(&["a"])).is_err());
        let all = sums(&["a", "b", "c"]);
        assert_eq!(kept.hold("here", &all), Ok(()));
        assert!(!kept.has("here", &all));
        kept.keep("here", &all);
        assert!(kept.has("here", &all));
    }

    #[test]
    fn only_so_many_are_kept() {
        let mut kept = Anchors::default();
        for number in 0..MOST + 3 {
            kept.keep(&number.to_string(), &sums(&[&format!("sum {number}")]));
        }
        assert_eq!(kept.anchors.len(), MOST);
        assert!(kept.has("18", &sums(&["sum 18"])));
    }
}
