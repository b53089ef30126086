//! What a command on the lab's host is given to read, as it comes.

use std::time::Duration;

use bytes::Bytes;
use russh::{ChannelMsg, ChannelReadHalf};
use tokio::sync::mpsc;

/// The most that a command is given to read.
const MOST: usize = 4 << 20;

/// A command's standard input.
pub(super) struct Input {
    pieces: mpsc::Receiver<Option<Bytes>>,
    /// After how many pieces whoever started the command is gone.
    goes_after: Option<usize>,
    /// After how many pieces the next comes late, and how late.
    pauses_after: Option<(usize, Duration)>,
}

/// What came.
pub(super) enum Piece {
    /// Something to read.
    Data(Bytes),
    /// There is no more.
    End,
    /// Whoever started the command is gone.
    HungUp,
}

impl Input {
    /// Reads from a channel until it ends, and tells `note` what comes.
    pub(super) fn of(mut channel: ChannelReadHalf, note: impl Fn(&[u8]) + Send + 'static) -> Self {
        let (sender, pieces) = mpsc::channel(64);
        tokio::spawn(async move {
            let mut read = 0;
            while let Some(message) = channel.wait().await {
                let piece = match message {
                    ChannelMsg::Data { data } if read + data.len() <= MOST => {
                        read += data.len();
                        note(&data);
                        Some(data)
                    }
                    ChannelMsg::Eof => None,
                    ChannelMsg::Close => return,
                    _ => continue,
                };
                let ends = piece.is_none();
                // A command that is over reads no more.
                if sender.send(piece).await.is_err() || ends {
                    break;
                }
            }
            // Hanging up is told by dropping the sender, also after the end.
            while let Some(message) = channel.wait().await {
                if matches!(message, ChannelMsg::Close) {
                    break;
                }
            }
        });
        Self { pieces, goes_after: None, pauses_after: None }
    }

    /// Whoever started the command is gone after that many pieces.
    pub(super) const fn hang_up_after(&mut self, pieces: usize) {
        self.goes_after = Some(pieces);
    }

    /// The piece after that many comes late.
    pub(super) const fn pause_after(&mut self, pieces: usize, late: Duration) {
        self.pauses_after = Some((pieces, late));
    }

    /// The next piece.
    pub(super) async fn next(&mut self) -> Piece {
        match &mut self.goes_after {
            Some(0) => {
                // The word is on its way, and does not arrive.
                let _ = self.pieces.recv().await;
                return Piece::HungUp;
            }
            Some(pieces) => *pieces -= 1,
            None => {}
        }
        let piece = self.pieces.recv().await;
        match &mut self.pauses_after {
            Some((0, late)) => {
                tokio::time::sleep(*late).await;
                self.pauses_after = None;
            }
            Some((pieces, _)) => *pieces -= 1,
            None => {}
        }
        match piece {
            Some(Some(data)) => Piece::Data(data),
            Some(None) => Piece::End,
            None => Piece::HungUp,
        }
    }

    /// All of it; `None`: whoever started the command is gone.
    pub(super) async fn all(&mut self) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        loop {
            match self.next().await {
                Piece::Data(data) => all.extend_from_slice(&data),
                Piece::End => return Some(all),
                Piece::HungUp => return None,
            }
        }
    }
}
