//! An engine that follows a script: what a face shows and sends can be tested
//! without servers.

use std::{path::PathBuf, sync::Arc, time::Duration};

use immich_sso::{
    site::{Fault, FaultKind, Reading, System},
    wizard::{
        About, AccessNote, AccessTopic, Act, ActOutcome, Answer, Check, CheckId, Choice, Command,
        Credential, CredentialId, CredentialValue, DoneNote, EffectView, Ending, Evidence, Exact,
        FieldId, FieldRow, FieldState, FieldValue, Header, JournalRow, Key, Lamp, LoginSight,
        LoginStage, LoginState, LoginTask, LoginTopic, LoginView, NextNote, NoUndo, OnPick, Person,
        PlanView, Prompt, PromptId, PromptKind, Proof, Sighting, Snapshot, StepId, StepNote,
        StepState, StepTopic, StepView, Summary, SummaryTitle, SystemView, Task, Topic, UndoView,
        UndoWay, Verdict, Work, effect::Effect,
    },
};
use jiff::Timestamp;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// A walk that is under way.
pub struct Walk {
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    pub commands: mpsc::UnboundedSender<Command>,
    /// What the face sent.
    pub sent: JoinHandle<Vec<Command>>,
}

/// Starts the script. Once the login is waited for, it shows by itself as soon
/// as there is a file at `login`, or at once where no file is given.
pub fn start(login: Option<PathBuf>) -> Walk {
    let (published, snapshots) = watch::channel(Arc::new(first()));
    let (commands, received) = mpsc::unbounded_channel();
    let mut script = Script { now: first(), published, received, sent: Vec::new() };
    let sent = tokio::spawn(async move {
        let ending = script.play(login).await;
        script.show(|s| {
            s.prompt = None;
            s.work = None;
            s.ending = Some(ending);
        });
        script.sent
    });
    Walk { snapshots, commands, sent }
}

struct Script {
    now: Snapshot,
    published: watch::Sender<Arc<Snapshot>>,
    received: mpsc::UnboundedReceiver<Command>,
    sent: Vec<Command>,
}

impl Script {
    fn show(&mut self, change: impl FnOnce(&mut Snapshot)) {
        change(&mut self.now);
        self.published.send_replace(Arc::new(self.now.clone()));
    }

    fn step(&mut self, id: StepId, change: impl FnOnce(&mut StepView)) {
        self.show(|s| change(s.steps.iter_mut().find(|step| step.id == id).unwrap()));
    }

    /// Puts a question; `None` when the face wants to leave.
    async fn ask(&mut self, id: u64, topic: impl Into<Topic>, kind: PromptKind) -> Option<Answer> {
        self.put(id, topic, kind, None);
        self.answer(id).await
    }

    fn put(&mut self, id: u64, topic: impl Into<Topic>, kind: PromptKind, refused: Option<Fault>) {
        let prompt = Prompt {
            id: PromptId(id),
            topic: topic.into(),
            help: vec![AccessNote::MadeOfAddress(System::Authentik).into()],
            kind,
            refused,
            can_go_back: id > 1,
            can_refresh: false,
        };
        self.show(|s| s.prompt = Some(prompt));
    }

    async fn answer(&mut self, id: u64) -> Option<Answer> {
        loop {
            let command = self.received.recv().await?;
            self.sent.push(command.clone());
            match command {
                Command::Answer(to, answer) if to == PromptId(id) => {
                    self.show(|s| s.prompt = None);
                    return Some(answer);
                }
                Command::Quit => return None,
                _ => {}
            }
        }
    }

    /// Works until the face asks to stop it; `None` when it wants to leave,
    /// and the script takes no notice of that.
    async fn work_until_stopped(&mut self) -> Option<()> {
        let mut stopped = 0;
        loop {
            self.show(|s| {
                s.work = Some(Work {
                    what: Task::Login(LoginTask::LogsIn {
                        name: format!("stopped {stopped} times"),
                    }),
                    since: Timestamp::now(),
                    at_most: Some(Duration::from_mins(1)),
                    can_cancel: stopped == 0,
                    stretch: None,
                });
            });
            let command = self.received.recv().await?;
            self.sent.push(command.clone());
            match command {
                Command::Cancel => stopped += 1,
                // As one who cannot stop at once.
                Command::Quit => {
                    self.received.recv().await?;
                }
                _ => {}
            }
        }
    }

    async fn play(&mut self, login: Option<PathBuf>) -> Ending {
        self.walk(login).await.unwrap_or(Ending::Left)
    }

    async fn walk(&mut self, login: Option<PathBuf>) -> Option<Ending> {
        let address = PromptKind::Text {
            value: String::new(),
            example: "https://photos.example.com".into(),
            check: Check::Filled,
        };
        let answer = self.ask(1, AccessTopic::Address(System::Immich), address).await?;
        if answer == Answer::Text("slow".into()) {
            self.work_until_stopped().await?;
        }
        self.ask(2, AccessTopic::PasteToken, PromptKind::Hidden).await?;
        self.show(|s| {
            s.header.systems =
                vec![system(System::Authentik, "2026.8.3"), system(System::Immich, "2.7.5")];
        });
        self.step(StepId::Access, |step| step.state = StepState::Done);

        self.show(|s| s.here = StepId::Provider);
        self.step(StepId::Provider, |step| {
            step.fields = provider_fields(false);
            step.notes = vec![StepNote::NoRedirectUri.into()];
            step.plan = Some(plan("one"));
            step.state = StepState::Differs;
        });
        let decide = PromptKind::Decide { plan: plan("one") };
        let Answer::Decide { plan, verdict } =
            self.ask(3, StepTopic::Apply(StepId::Provider), decide).await?
        else {
            return Some(Ending::Failed(odd("a decision was asked for")));
        };
        assert_eq!(plan, "one");
        if verdict == Verdict::Skip {
            self.step(StepId::Provider, |step| step.state = StepState::Skipped);
            return Some(Ending::Finished);
        }
        self.show(|s| {
            s.journal.push(JournalRow {
                run: "run".into(),
                at: Timestamp::now(),
                system: System::Authentik,
                act: Act::Effect(Box::new(make_provider())),
                outcome: ActOutcome::Done(Some(DoneNote::Words("provider 7".into()))),
                undo: UndoView::Possible(UndoWay::DeleteProvider),
            });
        });
        self.step(StepId::Provider, |step| {
            step.fields = provider_fields(true);
            step.plan = None;
            step.took = Some(Duration::from_millis(1_240));
            step.state = StepState::Done;
            step.proofs = vec![Proof {
                what: CheckId::KeptSecret.into(),
                outcome: Ok(Evidence::Answered(
                    "invalid_grant for a code that does not exist".into(),
                )),
                on: None,
            }];
        });

        self.show(|s| {
            s.here = StepId::Login;
            s.login = Some(LoginView {
                link: "https://photos.example.com/auth/login".into(),
                ..LoginView::default()
            });
        });
        let skip = PromptKind::Choice {
            options: vec![Choice { key: Key::S, pick: OnPick::WithoutLogin.into() }],
            default: 0,
        };
        self.put(4, LoginTopic::LogIn { stand_in: false }, skip, None);
        // A login that is there counts, however fast the question is answered.
        tokio::select! {
            biased;
            () = appears(login) => {}
            answer = self.answer(4) => {
                answer?;
                return Some(Ending::Finished);
            }
        }
        self.show(|s| {
            s.prompt = None;
            let seen = Sighting {
                stage: LoginStage::Authorized,
                what: LoginSight::Authorized { who: "alice".into(), from: None },
                at: Timestamp::now(),
            };
            s.login.as_mut().unwrap().trail.push(seen);
            s.login.as_mut().unwrap().state = Some(LoginState::Verified);
            s.login.as_mut().unwrap().who = Some(Person::Named("alice".into()));
        });
        self.step(StepId::Login, |step| step.state = StepState::Done);
        self.show(|s| s.summary = Some(summary()));
        Some(Ending::LoginVerified)
    }
}

/// Waits for the file, but not for ever.
async fn appears(file: Option<PathBuf>) {
    let Some(file) = file else { return };
    for _ in 0..3_000 {
        if file.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody made {}", file.display());
}

fn first() -> Snapshot {
    let step = |id| StepView { about: Some(About::Login), ..StepView::new(id) };
    let earlier = JournalRow {
        run: "run".into(),
        at: Timestamp::UNIX_EPOCH,
        system: System::Immich,
        act: Act::Words("What an earlier run did".into()),
        outcome: ActOutcome::Done(None),
        undo: UndoView::None(NoUndo::OtherRelease),
    };
    Snapshot {
        header: Header { site: "default".into(), ..Header::default() },
        steps: StepId::SET_UP.map(step).into(),
        journal: vec![earlier],
        ..Snapshot::default()
    }
}

fn system(system: System, version: &str) -> SystemView {
    SystemView {
        system,
        address: "https://example.com".into(),
        lamp: Lamp::Good,
        version: Some(version.into()),
        latency: Some(Duration::from_millis(12)),
        fault: None,
    }
}

/// The fields of a provider that is there or not.
pub fn provider_fields(there: bool) -> Vec<FieldRow> {
    let field = |name: &str, wanted: &str, live: Option<&str>| {
        let live = if there { Some(wanted) } else { live };
        let value = |text: &str| FieldValue::Lines(text.lines().map(str::to_owned).collect());
        FieldRow {
            id: FieldId::Other { key: name.into() },
            wanted: value(wanted),
            live: Reading::Known {
                value: live.map(value),
                at: Timestamp::UNIX_EPOCH,
                took: Duration::from_millis(8),
            },
            state: match live {
                None => FieldState::New,
                Some(live) if live == wanted => FieldState::Same,
                Some(_) => FieldState::Differs,
            },
            edit: None,
        }
    };
    vec![
        field("client id", "immich-oauth-client", Some("immich-oauth-client")),
        field(
            "redirect URIs",
            "https://photos.example.com/auth/login\nhttps://photos.example.com/user-settings",
            Some("https://photos.example.com/auth/login"),
        ),
        field("client secret", "•••••••• (3f9a12cd)", None),
    ]
}

fn make_provider() -> Effect {
    let name = ("name".to_owned(), "immich-oauth-provider".into());
    Effect::CreateProvider { fields: [name].into_iter().collect() }
}

/// A plan of one effect.
pub fn plan(digest: &str) -> PlanView {
    PlanView {
        digest: digest.into(),
        effects: vec![EffectView {
            effect: make_provider(),
            exact: vec![Exact::Input(
                "POST https://auth.example.com/api/v3/providers/oauth2/\n{ \"name\": … }".into(),
            )],
        }],
    }
}

pub fn summary() -> Summary {
    Summary {
        title: SummaryTitle::SetUp,
        credentials: vec![
            Credential {
                id: CredentialId::ClientId,
                value: CredentialValue::Text("immich-oauth-client".into()),
            },
            Credential {
                id: CredentialId::ClientSecret,
                value: CredentialValue::Secret { fingerprint: "3f9a12cd".into(), age: None },
            },
        ],
        next: vec![NextNote::KeepPasswordLogin.into()],
        revealed: None,
    }
}

/// A step by itself, to report on.
pub fn provider(there: bool) -> StepView {
    StepView {
        fields: provider_fields(there),
        plan: (!there).then(|| plan("one")),
        state: if there { StepState::Done } else { StepState::Differs },
        ..first().steps[1].clone()
    }
}

/// A step that could not be looked at.
pub fn blocked() -> StepView {
    let why = Fault::new(System::Authentik, FaultKind::NotAllowed, "read the provider")
        .answered("403: You do not have permission to perform this action.")
        .remedy("Give the token's user the permission `view_oauth2provider`.");
    StepView { blockers: vec![why], state: StepState::Failed, ..first().steps[1].clone() }
}

fn odd(what: &str) -> Fault {
    Fault::new(System::Workstation, FaultKind::Unexpected, "follow the script").answered(what)
}
