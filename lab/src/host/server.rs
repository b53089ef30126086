//! The SSH server of the lab's host.

use std::{collections::HashMap, sync::Arc};

use russh::{
    Channel, ChannelId,
    keys::PrivateKey,
    server::{self, Auth, ChannelOpenHandle, Config, Handler, Msg, Session, VerifiedPublicKey},
};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    Machine, MishapKind, USER,
    input::Input,
    shell::{Ended, Line, Voice},
};
use crate::Secret;

/// Serves until the task is ended.
pub(super) fn serve(
    listener: TcpListener,
    key: PrivateKey,
    machine: Arc<Machine>,
) -> JoinHandle<()> {
    let config = Arc::new(Config {
        keys: vec![key],
        auth_rejection_time: std::time::Duration::from_millis(100),
        auth_rejection_time_initial: Some(std::time::Duration::ZERO),
        nodelay: true,
        ..Config::default()
    });
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let session = Login { machine: Arc::clone(&machine), channels: HashMap::new() };
            let config = Arc::clone(&config);
            tokio::spawn(async move {
                if let Ok(running) = server::run_stream(config, stream, session).await {
                    // Who hangs up is no error of the server's.
                    let _ = running.await;
                }
            });
        }
    })
}

struct Login {
    machine: Arc<Machine>,
    channels: HashMap<ChannelId, Channel<Msg>>,
}

impl Handler for Login {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, russh::Error> {
        let right = user == USER && self.machine.password == Secret::new(password);
        Ok(if right { Auth::Accept } else { Auth::reject() })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, russh::Error> {
        let known = key.public_key.key_data() == self.machine.authorized.key_data();
        Ok(if user == USER && known { Auth::Accept } else { Auth::reject() })
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        self.channels.insert(channel.id(), channel);
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let Some(channel) = self.channels.remove(&id) else { return session.channel_failure(id) };
        session.channel_success(id)?;
        let command = String::from_utf8_lossy(command).into_owned();
        let machine = Arc::clone(&self.machine);
        tokio::spawn(async move { run(&machine, &command, channel).await });
        Ok(())
    }
}

/// Runs a command, and hands back what comes of it.
async fn run(machine: &Arc<Machine>, command: &str, channel: Channel<Msg>) {
    let (reader, voice) = channel.split();
    let (number, noted) = (machine.runs(command), Arc::clone(machine));
    let mut input = Input::of(reader, move |data| noted.reads(number, data));
    let mishap = machine.due(command);
    match &mishap {
        Some(MishapKind::DropBefore) => {
            let _ = voice.close().await;
            return;
        }
        Some(MishapKind::HeldBefore(gate)) => gate.pass().await,
        _ => {}
    }
    let greeting = machine.greeting();
    if !greeting.is_empty() {
        let _ = voice.data_bytes(greeting.clone().into_bytes()).await;
    }
    let line = match Line::read(command) {
        Ok(line) => line,
        Err(ended) => return tell(&voice, ended).await,
    };
    line.begin(&voice).await;
    match &mishap {
        Some(MishapKind::DropDuring) => {
            let _ = input.next().await;
            let _ = voice.close().await;
            return;
        }
        Some(MishapKind::DiskFull) => {
            let ended = Ended::badly(1, "cat: write error: No space left on device");
            return tell(&voice, line.end(ended)).await;
        }
        Some(MishapKind::DropAtWord) => input.hang_up_after(1),
        Some(MishapKind::SlowAtWord(by)) => input.pause_after(1, *by),
        _ => {}
    }
    let ended = line.run(machine, &mut input, &voice).await;
    match &mishap {
        Some(MishapKind::DropAfter | MishapKind::DropAtWord) => {
            let _ = voice.close().await;
            return;
        }
        Some(MishapKind::HeldAfter(gate)) => gate.pass().await,
        _ => {}
    }
    let Some(ended) = ended else { return };
    let mut ended = line.end(ended);
    ended.stdout.push_str(&greeting);
    tell(&voice, ended).await;
}

/// Hands back what comes of a command. Who hung up meanwhile does not want to
/// know.
async fn tell(voice: &Voice, ended: Ended) {
    let _ = voice.data_bytes(ended.stdout.into_bytes()).await;
    let _ = voice.extended_data_bytes(1, ended.stderr.into_bytes()).await;
    let _ = voice.exit_status(ended.status).await;
    let _ = voice.eof().await;
    let _ = voice.close().await;
}
