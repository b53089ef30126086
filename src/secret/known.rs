//! Every secret that a run holds, to be found again in what others say.
//!
//! Own code and no library for searching: what is searched for has to be wiped
//! from memory afterwards, and a secret that somebody cut is to be found, too.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
};

use zeroize::Zeroizing;

use super::{
    Foreign, Secret,
    spelling::{Plain, spellings, undone},
};

/// What stands for a secret.
const DOTS: &str = "••••••••";
/// What stands for a text in which a short secret is.
const LEFT_OUT: &str = word!("(not shown: it holds a secret)");
/// Secrets with fewer characters are in ordinary words, too: what is around
/// such a one gives it away.
const SHORT: usize = 8;
/// So much of a long secret, in one piece, is taken for the secret.
const PIECE: usize = 16;
/// The bits by which most places of a text are ruled out.
const BITS: usize = 1 << 17;

/// The runs of this process that are not over.
static RUNS: Mutex<Vec<Weak<RwLock<Registry>>>> = Mutex::new(Vec::new());

/// The secrets of one run. Cheap to clone; clones share them.
#[derive(Clone, Default)]
pub struct Known(Arc<RwLock<Registry>>);

impl Known {
    /// The secrets of a run of this process: its log is searched for them, too.
    #[must_use]
    pub fn of_run() -> Self {
        let known = Self::default();
        let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        runs.retain(|run| run.strong_count() > 0);
        runs.push(Arc::downgrade(&known.0));
        known
    }

    /// A line of the log as it may be written: without the secrets of any run,
    /// and not at all where a short one is in it.
    #[must_use]
    pub fn log_line(text: &str) -> String {
        let runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = text.to_owned();
        for known in runs.iter().filter_map(Weak::upgrade).map(Self) {
            if known.read(|registry| registry.finds_short(text)) {
                return LEFT_OUT.to_owned();
            }
            known.blot(&mut line);
        }
        line
    }

    /// Remembers a secret.
    pub fn learn(&self, secret: &Secret) {
        self.learn_text(secret.expose());
    }

    /// Remembers a secret that stands in somebody's text.
    pub fn learn_text(&self, secret: &str) {
        let is_nothing = secret.trim().is_empty() || secret.chars().all(|c| c == '*' || c == '•');
        if is_nothing || self.read(|registry| registry.has(secret)) {
            return;
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).add(secret);
    }

    /// Remembers a whole text: long pieces of it are not shown.
    pub fn learn_document(&self, text: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).add_text(text);
    }

    /// Whether a text holds one of the secrets, or a piece of one.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.read(|registry| !registry.find(text.as_bytes()).is_empty())
    }

    /// Blots the secrets out of a text; whether there was one.
    pub fn blot(&self, text: &mut String) -> bool {
        let places = self.read(|registry| registry.find(text.as_bytes()));
        if places.is_empty() {
            return false;
        }
        *text = blotted(text, &places);
        true
    }

    /// Somebody else's words: the secrets are blotted out, and where a short
    /// one is in them they are left out as a whole.
    #[must_use]
    pub fn words(&self, text: &str) -> Foreign {
        self.words_beside(text, &Self::default())
    }

    /// The same, with further secrets.
    #[must_use]
    pub fn words_beside(&self, text: &str, further: &Self) -> Foreign {
        let text = Foreign::bounded(text);
        let finds_short = |known: &Self| known.read(|registry| registry.finds_short(text));
        if finds_short(self) || finds_short(further) {
            return Foreign::searched(LEFT_OUT.to_owned());
        }
        self.name_beside(text, further)
    }

    /// A name or an id out of somebody else's list: it is shown even where a
    /// short secret is the same word.
    #[must_use]
    pub fn name(&self, text: &str) -> Foreign {
        self.name_beside(Foreign::bounded(text), &Self::default())
    }

    fn name_beside(&self, text: &str, further: &Self) -> Foreign {
        let mut places = self.read(|registry| registry.find(text.as_bytes()));
        places.extend(further.read(|registry| registry.find(text.as_bytes())));
        if places.is_empty() {
            return Foreign::searched(text.to_owned());
        }
        places.sort_unstable();
        Foreign::searched(blotted(text, &places))
    }

    fn read<T>(&self, look: impl FnOnce(&Registry) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(…)")
    }
}

/// Whether what stands under that name is a secret.
#[must_use]
pub fn names_secret(name: &str) -> bool {
    const ENDS: [&str; 7] =
        ["secret", "password", "passphrase", "token", "apikey", "privatekey", "credential"];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    ENDS.iter().any(|end| plain.ends_with(end))
}

/// What is searched for. Nothing in it can be read as a secret: pieces are kept
/// as hashes under a key of this process.
struct Registry {
    key: u128,
    /// The fingerprints of the secrets, so that none is added twice.
    have: HashSet<u64>,
    /// The pieces by their length.
    pieces: BTreeMap<usize, HashSet<u64>>,
    /// Which hashes the first bytes of the pieces have.
    heads: Vec<u64>,
    short: Vec<Zeroizing<String>>,
}

impl Default for Registry {
    fn default() -> Self {
        let mut key = [0; 16];
        // Without a random source, a constant is as good: hashes stay hashes.
        let _ = getrandom::fill(&mut key);
        Self {
            key: u128::from_le_bytes(key),
            have: HashSet::new(),
            pieces: BTreeMap::new(),
            heads: Vec::new(),
            short: Vec::new(),
        }
    }
}

impl Registry {
    fn has(&self, secret: &str) -> bool {
        self.have.contains(&self.hash_all(secret))
    }

    fn hash_all(&self, secret: &str) -> u64 {
        secret.as_bytes().chunks(PIECE).fold(secret.len() as u64, |hash, chunk| {
            hash.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.hash(chunk)
        })
    }

    fn add(&mut self, secret: &str) {
        self.have.insert(self.hash_all(secret));
        let is_short = secret.chars().count() < SHORT;
        for spelling in spellings(secret) {
            if is_short {
                self.short.push(spelling);
                continue;
            }
            let bytes = spelling.as_bytes();
            self.add_pieces(bytes, (bytes.len() * 3).div_ceil(4).clamp(SHORT, PIECE));
        }
    }

    fn add_text(&mut self, text: &str) {
        self.add_pieces(text.as_bytes(), PIECE);
        if let Some(last) = undone(text.as_bytes()).pop() {
            self.add_pieces(&last.bytes, PIECE);
        }
    }

    fn add_pieces(&mut self, bytes: &[u8], length: usize) {
        if self.heads.is_empty() {
            self.heads = vec![0; BITS / 64];
        }
        for piece in bytes.windows(length) {
            let (hash, bit) = (self.hash(piece), bit(self.hash(&piece[..SHORT])));
            self.pieces.entry(length).or_default().insert(hash);
            self.heads[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// A piece of at most sixteen bytes, under the key.
    fn hash(&self, piece: &[u8]) -> u64 {
        let mut wide = [0; PIECE];
        wide[..piece.len()].copy_from_slice(piece);
        let mixed = (u128::from_le_bytes(wide) ^ self.key)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        let folded = (mixed >> 64) ^ mixed;
        // The lower half: what was folded in is in it.
        let [half @ .., _, _, _, _, _, _, _, _] = folded.to_le_bytes();
        let half = u64::from_le_bytes(half);
        half ^ (half >> 29)
    }

    /// Where the secrets are: from where to where, in bytes, in order.
    fn find(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        if self.heads.is_empty() {
            return places;
        }
        self.search(text, |from, to| places.push((from, to)));
        for Plain { bytes, places: at } in undone(text) {
            self.search(&bytes, |from, to| places.push((at[from].0, at[to - 1].1)));
        }
        places.sort_unstable();
        places
    }

    fn search(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(last) = text.len().checked_sub(SHORT) else { return };
        for from in 0..=last {
            let bit = bit(self.hash(&text[from..from + SHORT]));
            if self.heads[bit / 64] & (1 << (bit % 64)) == 0 {
                continue;
            }
            for (length, pieces) in &self.pieces {
                if let Some(piece) = text.get(from..from + length)
                    && pieces.contains(&self.hash(piece))
                {
                    found(from, from + length);
                }
            }
        }
    }

    fn finds_short(&self, text: &str) -> bool {
        if self.short.is_empty() {
            return false;
        }
        let is_in = |bytes: &[u8]| {
            self.short
                .iter()
                .any(|short| bytes.windows(short.len()).any(|window| window == short.as_bytes()))
        };
        is_in(text.as_bytes()) || undone(text.as_bytes()).iter().any(|plain| is_in(&plain.bytes))
    }
}

fn bit(hash: u64) -> usize {
    usize::try_from(hash % BITS as u64).unwrap_or_default()
}

/// The text with dots in these places, which are in order.
fn blotted(text: &str, places: &[(usize, usize)]) -> String {
    let (mut clean, mut at) = (String::with_capacity(text.len()), 0);
    let mut places = places.iter().copied().peekable();
    while let Some((from, mut to)) = places.next() {
        while let Some((_, end)) = places.next_if(|(next, _)| *next <= to) {
            to = to.max(end);
        }
        // A piece may begin or end within a character.
        let from = (at..=from).rev().find(|from| text.is_char_boundary(*from)).unwrap_or(at);
        let to = (to..=text.len()).find(|to| text.is_char_boundary(*to)).unwrap_or(text.len());
        if to <= at {
            continue;
        }
        clean.push_str(&text[at..from.max(at)]);
        clean.push_str(DOTS);
        at = to;
    }
    clean.push_str(&text[at..]);
    clean
}

#[cfg(test)]
mod tests;
