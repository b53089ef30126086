//! A command that is started now and told later what to do: it waits on its
//! standard input, so that the word that lets it go on is all that travels at
//! that moment.

use std::{fmt, time::Duration};

use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, client::Msg};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::{
    Output, Ssh, fault,
    run::{MOST, complaints, ended_by},
};
use crate::{
    secret::{Known, Secret},
    site::{Fault, FaultKind},
};

/// A command that was started and has not ended. When it is dropped, its
/// standard input ends.
pub struct Running {
    reader: ChannelReadHalf,
    writer: Option<ChannelWriteHalf<Msg>>,
    tried: String,
    deadline: Duration,
    until: Instant,
    stdout: Zeroizing<Vec<u8>>,
    /// Up to where the output was looked through for lines.
    seen: usize,
    stderr: Vec<u8>,
    known: Known,
    /// What it was given to read.
    inputs: Vec<Secret>,
    status: Option<u32>,
    ended: bool,
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
    /// [`FaultKind::Lost`] when the session breaks.
    pub async fn begin(&self, command: &str, deadline: Duration) -> Result<Running, Fault> {
        let tried = format!("run `{command}`");
        let lost = |error: russh::Error| fault(FaultKind::Lost, &tried).answered(error.to_string());
        let channel = self.handle.channel_open_session().await.map_err(lost)?;
        let (reader, writer) = channel.split();
        writer.exec(true, command).await.map_err(lost)?;
        Ok(Running {
            reader,
            writer: Some(writer),
            tried,
            deadline,
            until: Instant::now() + deadline,
            stdout: Zeroizing::default(),
            seen: 0,
            stderr: Vec::new(),
            known: self.known.clone(),
            inputs: Vec::new(),
            status: None,
            ended: false,
        })
    }
}

impl Running {
    /// Gives it something to read.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] when the session breaks.
    pub async fn tell(&mut self, input: &Secret) -> Result<(), Fault> {
        let bytes = bytes::Bytes::from_owner(Zeroizing::new(input.expose().as_bytes().to_vec()));
        let Some(writer) = &self.writer else { return Err(self.lost("it ended already")) };
        self.inputs.push(input.clone());
        let told = timeout_at(self.until, writer.data_bytes(bytes)).await;
        match told {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.lost(&error.to_string())),
            Err(_) => Err(self.late()),
        }
    }

    /// Waits until it writes that line, and returns the lines before it; `None`
    /// when it ended without.
    ///
    /// # Errors
    /// [`FaultKind::Late`] after its deadline.
    pub async fn says(&mut self, line: &str) -> Result<Option<Vec<String>>, Fault> {
        let mut lines = Vec::new();
        loop {
            while let Some(end) = self.stdout[self.seen..].iter().position(|byte| *byte == b'\n') {
                let text = String::from_utf8_lossy(&self.stdout[self.seen..self.seen + end]);
                let text = text.trim().to_owned();
                self.seen += end + 1;
                if text == line {
                    return Ok(Some(lines));
                }
                lines.push(text);
            }
            if self.ended {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// Gives it the last thing to read, and waits for its end.
    ///
    /// # Errors
    /// [`FaultKind::Lost`] when the session breaks: whether it was carried out
    /// is then not known. [`FaultKind::Late`] after its deadline.
    pub async fn finish(mut self, last: &Secret) -> Result<Output, Fault> {
        if !self.ended {
            self.tell(last).await?;
        }
        if let Some(writer) = &self.writer {
            let _ = writer.eof().await;
        }
        while !self.ended {
            self.read().await?;
        }
        let status = self.status.ok_or_else(|| self.lost("the session ended in the middle"))?;
        Ok(Output {
            status,
            stdout: Secret::new(String::from_utf8_lossy(&self.stdout).into_owned()),
            stderr: complaints(&self.known, &self.stderr, self.inputs.iter()),
        })
    }

    async fn read(&mut self) -> Result<(), Fault> {
        let Ok(message) = timeout_at(self.until, self.reader.wait()).await else {
            return Err(self.late());
        };
        match message {
            None | Some(ChannelMsg::Failure) => self.ended = true,
            Some(ChannelMsg::Data { data }) if self.stdout.len() + data.len() <= MOST => {
                self.stdout.extend_from_slice(&data);
            }
            Some(ChannelMsg::ExtendedData { data, .. })
                if self.stderr.len() + data.len() <= MOST =>
            {
                self.stderr.extend_from_slice(&data);
            }
            Some(ChannelMsg::ExitStatus { exit_status }) => self.status = Some(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => {
                self.status = Some(ended_by(&signal_name));
            }
            Some(_) => {}
        }
        // What it wrote comes before how it ended.
        self.ended |= self.status.is_some();
        Ok(())
    }

    fn lost(&self, answer: &str) -> Fault {
        fault(FaultKind::Lost, &self.tried)
            .answered(answer)
            .remedy("Look again: whether it was carried out is read from what is there.")
    }

    fn late(&self) -> Fault {
        fault(FaultKind::Late, &self.tried)
            .answered(format!("it did not end within {} s", self.deadline.as_secs()))
            .remedy("Is the host very busy, or does the command wait for something?")
    }
}
