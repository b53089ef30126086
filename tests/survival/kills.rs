//! `kill -9` of the real program whenever its journal got a line, until all is
//! done; the store is the encrypted file.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use immich_sso::{
    secret::{Label, Secret, Vault},
    text,
    wizard::StoreTopic,
};
use immich_sso_lab::{Homelab, HomelabOptions};
use portable_pty::CommandBuilder;
use testkit::{said, said_with};

use crate::terminal::Terminal;

const PASSPHRASE: &str = "correct horse";

/// What the typed face writes when it waits, and what is answered.
fn answers() -> [(String, &'static str); 3] {
    [
        (text::question(&StoreTopic::Passphrase.into()) + " ", "correct horse\r"),
        // The line may break between any two words.
        (said_with("{}: do exactly this,", &[&"yes"]), "yes\r"),
        (format!("({}", said("type its number")), "\r"),
    ]
}

struct Workstation {
    home: tempfile::TempDir,
}

impl Workstation {
    /// One with a profile for the lab, and access given.
    async fn new(lab: &Homelab) -> Self {
        let home = tempfile::tempdir().unwrap();
        let here = Self { home };
        let config = here.folder("config");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::create_dir_all(here.folder("data")).unwrap();
        let profile = format!(
            "secrets = \"file\"\n\n[authentik]\nurl = \"{}\"\n\n[immich]\nurl = \"{}\"\n",
            lab.authentik.url(),
            lab.immich.url()
        );
        std::fs::write(config.join("default.toml"), profile).unwrap();
        let vault = here.vault();
        vault.put(Label::AuthentikToken, &Secret::new(lab.authentik.admin_token())).await.unwrap();
        vault.put(Label::ImmichApiKey, &Secret::new(lab.immich.admin_key())).await.unwrap();
        here
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.home.path().join(name).join("immich-sso")
    }

    fn vault(&self) -> Vault {
        Vault::age_file(self.folder("data").join("default.age"), Secret::new(PASSPHRASE))
    }

    fn journal(&self) -> String {
        let path = self.folder("state").join("default.journal");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// Starts the program on a terminal that cannot place a cursor.
    fn start(&self, command: &str) -> Terminal {
        let mut program = CommandBuilder::new(env!("CARGO_BIN_EXE_immich-sso"));
        program.args([command, "--plain", "--color", "never"]);
        program.env_clear();
        program.env("TERM", "dumb");
        program.env("HOME", self.home.path());
        for (name, folder) in
            [("XDG_CONFIG_HOME", "config"), ("XDG_STATE_HOME", "state"), ("XDG_DATA_HOME", "data")]
        {
            program.env(name, self.home.path().join(folder));
        }
        Terminal::start(program)
    }

    /// Answers everything until the program ends, or the journal has that many
    /// new lines, besides those that say what became of what was open before:
    /// then it is killed. Returns whether it was.
    fn run(&self, command: &str, kill: Option<usize>) -> (bool, String) {
        let before = self.journal();
        let count = |text: &str, part: &str| text.matches(part).count();
        let open = count(&before, r#""entry":"begin""#) - count(&before, r#""entry":"end""#);
        let enough = kill.map(|lines| before.lines().count() + open + lines);
        let mut terminal = self.start(command);
        let answers = answers();
        let mut answered = [0; 3];
        let deadline = Instant::now() + Duration::from_secs(90);
        loop {
            if enough.is_some_and(|enough| self.journal().lines().count() >= enough) {
                // SIGKILL: nothing of it runs any more.
                let pid = terminal.pid().to_string();
                std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
                let (_, written) = terminal.finish();
                return (true, written);
            }
            let written = terminal.written();
            if terminal.has_ended() {
                return (false, written);
            }
            for (i, (waits, answer)) in answers.iter().enumerate() {
                if written.matches(waits).count() > answered[i] {
                    answered[i] += 1;
                    terminal.press(answer);
                }
            }
            assert!(Instant::now() < deadline, "it does not come to an end:\n{written}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_real_program_survives_a_kill_at_every_line_of_its_journal() {
    let options = HomelabOptions::default();
    let lab = Homelab::start(options).await.unwrap();
    let here = Workstation::new(&lab).await;
    let pristine = (lab.authentik.providers(), lab.immich.settings().unwrap()["oauth"].clone());

    for (command, effects) in [("setup", 4), ("undo", 4)] {
        let (mut kills, mut told) = (0, 0);
        let last = loop {
            // By turns when an effect was announced and when it was done.
            let (killed, written) = here.run(command, Some(1 + kills % 2));
            told += usize::from(written.contains(&*said("was cut short")));
            assert!(lab.authentik.providers().len() <= 1, "doubled");
            assert!(lab.authentik.applications().len() <= 1, "doubled");
            if !killed {
                break written;
            }
            kills += 1;
            assert!(kills < 40, "it never gets on");
        };
        println!("{command}: killed {kills} times, and told {told} times where it stood");
        // Once before and once after each effect, but for those that went by
        // between two looks.
        assert!(kills >= effects, "{kills}");
        assert!(told > 0);
        let (providers, oauth) =
            (lab.authentik.providers(), lab.immich.settings().unwrap()["oauth"].clone());
        if command == "undo" {
            let ends = [said("nothing to take back"), said("Taken back")];
            assert!(ends.iter().any(|end| last.contains(&**end)), "{last}");
            assert_eq!((providers, oauth), pristine);
            assert!(here.vault().get(Label::ClientSecret).await.unwrap().is_none());
        } else {
            let kept = here.vault().get(Label::ClientSecret).await.unwrap().unwrap();
            assert_eq!(providers[0]["client_secret"], kept.expose());
            assert_eq!(oauth["clientSecret"], kept.expose());
            // And once more, nothing is done.
            let (journal, mutations) = (here.journal(), lab.immich.mutations());
            let (_, written) = here.run("setup", None);
            let nothing = said("Nothing to do: everything is as wanted.");
            assert!(written.contains(&*nothing), "{written}");
            assert_eq!((here.journal(), lab.immich.mutations()), (journal, mutations));
        }
        let journal = here.journal();
        for secret in ["correct horse", lab.authentik.admin_token().expose()] {
            assert!(!journal.contains(secret));
        }
    }
}
