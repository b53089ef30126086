//! A command that is started now and told later what to do: it waits on its
//! standard input, so that the word that lets it go on is all that travels at
//! that moment.

use std::{fmt, time::Duration};

use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig, client::Msg};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::Ssh;
use crate::{
    secret::{Foreign, Known, Secret},
    site::{Failure, Fault, FaultKind, System},
};

/// The most that is kept of an output.
const MOST: usize = 8 << 20;

/// So much of the end of its complaints is looked at, in bytes.
pub(super) const COMPLAINTS: usize = 32 << 10;

/// How long telling a command to end may take.
const GRACE: Duration = Duration::from_millis(300);

/// A command that was started and has not ended. When it is dropped, its
/// standard input ends.
pub struct Running {
    reader: ChannelReadHalf,
    writer: Option<ChannelWriteHalf<Msg>>,
    tried: String,
    deadline: Duration,
    until: Instant,
    heard: Heard,
    known: Known,
    /// What it was given to read.
    inputs: Vec<Secret>,
}

/// What came of a command so far.
#[derive(Default)]
pub struct Heard {
    /// What it wrote; may be secret.
    pub stdout: Zeroizing<Vec<u8>>,
    /// What it complained of.
    pub stderr: Zeroizing<Vec<u8>>,
    /// Its exit status; 128 and the number of the signal that ended it.
    pub status: Option<u32>,
    /// Nothing more will come.
    pub is_over: bool,
    /// It wrote more than can be kept.
    is_flooded: bool,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("tried", &self.tried).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let (Some(writer), Ok(runtime)) =
            (self.writer.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(async move {
                // A session that is gone took its commands with it.
                let _ = writer.eof().await;
                let _ = writer.close().await;
            });
        }
    }
}

impl Ssh {
    /// Starts a command that reads its standard input; `deadline` bounds it as
    /// a whole.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] when the session breaks; [`FaultKind::Late`] when the
    /// host does not take the command within its deadline.
    pub async fn begin(&self, command: &str, deadline: Duration) -> Result<Running, Fault> {
        let tried = say!("run `{command}`", command);
        let until = Instant::now() + deadline;
        // A host may answer whether it is there, and nothing else.
        let opened = timeout_at(until, async {
            let (reader, writer) = self.handle.channel_open_session().await?.split();
            writer.exec(true, command).await?;
            Ok((reader, writer))
        });
        let Ok(opened) = opened.await else {
            let error = RunError::NotTaken { seconds: deadline.as_secs() };
            return Err(Fault::of(&error, tried));
        };
        let (reader, writer) = opened.map_err(|error: russh::Error| lost(&tried, error.into()))?;
        Ok(Running {
            reader,
            writer: Some(writer),
            tried,
            deadline,
            until,
            heard: Heard::default(),
            known: self.known.clone(),
            inputs: Vec::new(),
        })
    }
}

impl Heard {
    /// Takes in what came; `None`: the channel is closed.
    fn take(&mut self, message: Option<ChannelMsg>) {
        match message {
            None | Some(ChannelMsg::Failure) => self.is_over = true,
            Some(ChannelMsg::Data { data }) => {
                self.is_flooded |= self.stdout.len() + data.len() > MOST;
                if !self.is_flooded {
                    self.stdout.extend_from_slice(&data);
                }
            }
            Some(ChannelMsg::ExtendedData { data, .. }) => {
                self.is_flooded |= self.stderr.len() + data.len() > MOST;
                if !self.is_flooded {
                    self.stderr.extend_from_slice(&data);
                }
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.status = Some(ended_by(&signal_name));
            }
            Some(_) => {}
        }
        self.is_over |= self.is_flooded;
    }
}

impl Running {
    /// What came of it so far.
    #[must_use]
    pub const fn heard(&self) -> &Heard {
        &self.heard
    }

    /// What it complained of, which may repeat what it read.
    #[must_use]
    pub fn complaints(&self, stderr: &[u8]) -> Foreign {
        let repeated = Known::default();
        self.inputs.iter().for_each(|input| repeated.learn_document(input.expose()));
        let end = &stderr[stderr.len().saturating_sub(COMPLAINTS)..];
        self.known.words_beside(&String::from_utf8_lossy(end), &repeated)
    }

    /// Gives it something to read.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] when the session breaks.
    pub async fn tell(&mut self, input: &Secret) -> Result<(), Fault> {
        let Some(writer) = &self.writer else { return Err(self.lost(SessionBreak::EndedAlready)) };
        self.inputs.push(input.clone());
        match timeout_at(self.until, writer.data_bytes(bytes_of(input))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.lost(error.into())),
            Err(_) => Err(self.late().await),
        }
    }

    /// Waits for the next that it writes; `false`: there is no more.
    ///
    /// # Errors
    /// [`FaultKind::Late`] after its deadline; [`FaultKind::Unexpected`] when
    /// it writes too much.
    pub async fn more(&mut self) -> Result<bool, Fault> {
        if self.heard.is_over {
            return Ok(false);
        }
        let Ok(message) = timeout_at(self.until, self.reader.wait()).await else {
            return Err(self.late().await);
        };
        self.heard.take(message);
        self.bounded()?;
        Ok(!self.heard.is_over)
    }

    /// Gives it the last thing to read, ends its input, and reads until its end
    /// or until `is_done`.
    ///
    /// # Errors
    /// As [`Running::more`].
    pub async fn finish(
        &mut self,
        last: Option<&Secret>,
        is_done: impl Fn(&Heard) -> bool,
    ) -> Result<(), Fault> {
        self.inputs.extend(last.cloned());
        let Self { reader, writer, heard, until, .. } = self;
        // Both at once: with a big input the other side stops reading until
        // somebody reads what it writes.
        let writing = async {
            if let Some(writer) = writer {
                // A command that ends without reading is not the input's fault.
                if let Some(last) = last {
                    let _ = writer.data_bytes(bytes_of(last)).await;
                }
                let _ = writer.eof().await;
            }
            std::future::pending::<()>().await;
        };
        let reading = async {
            while !heard.is_over && !is_done(heard) {
                heard.take(reader.wait().await);
            }
        };
        let both = async {
            tokio::select! {
                () = reading => {}
                () = writing => {}
            }
        };
        if timeout_at(*until, both).await.is_err() {
            return Err(self.late().await);
        }
        self.bounded()
    }

    fn bounded(&self) -> Result<(), Fault> {
        if !self.heard.is_flooded {
            return Ok(());
        }
        Err(Fault::of(&RunError::TooMuch, self.tried.as_str()))
    }

    /// Says that the session broke.
    #[must_use]
    pub fn lost(&self, how: SessionBreak) -> Fault {
        lost(&self.tried, how)
    }

    /// Ends what takes too long, where the host listens to that.
    async fn late(&self) -> Fault {
        if let Some(writer) = &self.writer {
            // A session that is stuck does not pass it on.
            let _ = tokio::time::timeout(GRACE, writer.signal(Sig::TERM)).await;
        }
        let error = RunError::Late { seconds: self.deadline.as_secs() };
        Fault::of(&error, self.tried.as_str())
    }
}

fn bytes_of(input: &Secret) -> bytes::Bytes {
    bytes::Bytes::from_owner(Zeroizing::new(input.expose().as_bytes().to_vec()))
}

fn lost(tried: &str, how: SessionBreak) -> Fault {
    Fault::of(&RunError::Lost(how), tried)
}

/// How a session broke.
#[derive(Debug, thiserror::Error)]
pub enum SessionBreak {
    /// Before the command began.
    #[error("{}", say!("the session ended before it began"))]
    BeforeItBegan,
    /// While the command ran.
    #[error("{}", say!("the session ended in the middle of it"))]
    InTheMiddle,
    /// The command took no more.
    #[error("{}", say!("it ended already"))]
    EndedAlready,
    /// In the words of the library.
    #[error("{0}")]
    Library(#[from] russh::Error),
}

/// Why it is not known what a command came to.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error("{}", say!("the host did not take it within {seconds} s", seconds = .seconds))]
    NotTaken { seconds: u64 },
    #[error("{}", say!("it wrote more than {megabytes} MB", megabytes = MOST >> 20))]
    TooMuch,
    #[error("{}", say!("it did not end within {seconds} s", seconds = .seconds))]
    Late { seconds: u64 },
    #[error("{0}")]
    Lost(SessionBreak),
}

impl Failure for RunError {
    fn system(&self) -> System {
        System::Host
    }

    fn kind(&self) -> FaultKind {
        match self {
            Self::NotTaken { .. } | Self::Late { .. } => FaultKind::Late,
            Self::TooMuch => FaultKind::Unexpected,
            Self::Lost(_) => FaultKind::Lost,
        }
    }

    fn hint(&self) -> String {
        match self {
            Self::NotTaken { .. } => {
                say!("Is the host very busy? Its sshd answers, and starts nothing.")
            }
            Self::TooMuch => {
                say!("What prints so much there? Look at the login scripts of that user.")
            }
            Self::Late { .. } => {
                say!("Is the host very busy, or does the command wait for something?")
            }
            Self::Lost(_) => say!("Look again: what is there now is read then."),
        }
    }
}

/// The exit status that a shell gives to a command that a signal ended.
fn ended_by(signal: &Sig) -> u32 {
    128 + match signal {
        Sig::HUP => 1,
        Sig::INT => 2,
        Sig::QUIT => 3,
        Sig::ABRT => 6,
        Sig::KILL => 9,
        Sig::SEGV => 11,
        Sig::PIPE => 13,
        _ => 15,
    }
}
