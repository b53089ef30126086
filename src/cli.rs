//! The command line: every command, option and exit code.

mod complaint;
#[cfg(feature = "demo")]
mod demo;
#[cfg(feature = "demo")]
mod demo_folder;
mod ends;
mod hidden;
mod log;
mod machine;
mod manual;
mod no_profile;
mod output;
mod panic;
mod profile;
mod rotate;
mod run;
#[cfg(scrambled)]
mod scrambled;
mod secret;
mod secret_fault;
mod spans;
mod streams;
mod unattended;
mod walk;
mod workplace;

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
    error::ErrorKind,
};
use clap_complete::Shell;
use jiff::SignedDuration;

use crate::{
    report::Standing,
    say::{self, CalledFor},
    secret::Label,
    site::{ProfileNameError, check_profile_name},
};

pub use complaint::complain;
#[cfg(feature = "demo")]
pub use demo::{Demo, LabSettings};
pub use log::to_file as log_to_file;
pub use profile::ProfileCommand;
pub use run::main;
pub use secret::{Named, SecretCommand};

/// Where live is as wanted, or the command did what it was asked.
pub const EXIT_SAME: u8 = 0;
/// Something went wrong: could not look, could not do.
pub const EXIT_FAILED: u8 = 1;
/// The command line makes no sense.
pub const EXIT_USAGE: u8 = 2;
/// Live differs from what is wanted.
pub const EXIT_DIFFERS: u8 = 3;

/// Every exit code and its meaning.
const EXIT_CODES: [(u8, &str); 4] = [
    (EXIT_SAME, word!("done; for `status` and `plan`: live is as wanted")),
    (EXIT_FAILED, word!("something went wrong, or could not be looked at")),
    (EXIT_USAGE, word!("the command line makes no sense")),
    (
        EXIT_DIFFERS,
        word!(
            "`status`, `plan`, `rotate --plan`: live differs; `rotate --if-older-than`: it is time"
        ),
    ),
];

/// The end of the long help.
fn exit_codes() -> String {
    EXIT_CODES
        .iter()
        .fold(say!("Exit codes:"), |text, (code, meaning)| format!("{text}\n  {code}  {meaning}"))
}

/// The exit code that says how live stands to what is wanted.
#[must_use]
pub const fn exit_code(standing: Standing) -> u8 {
    match standing {
        Standing::Same => EXIT_SAME,
        Standing::Differs => EXIT_DIFFERS,
        Standing::Failed => EXIT_FAILED,
    }
}

/// Puts Immich behind authentik.
///
/// Without a command it opens the wizard: it asks for the addresses of both
/// servers, shows what is there beside what you want, and changes nothing
/// before you say yes to exactly that change.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "immich-sso",
    version = env!("IMMICH_SSO_VERSION"),
    after_long_help = exit_codes(),
    max_term_width = 100,
    subcommand_help_heading = "Commands",
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the wizard if left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `setup`, for when the command is left out.
    #[command(flatten, next_help_heading = "Options of setup")]
    pub setup: Setup,
}

impl Cli {
    /// Reads the arguments, the program's name first.
    ///
    /// # Errors
    /// What is wrong with them; also help and version, which are no mistake.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let mut parser = Self::parser();
        let matches = parser.try_get_matches_from_mut(arguments)?;
        let mut cli =
            Self::from_arg_matches(&matches).map_err(|error| error.format(&mut parser))?;
        if cli.setup.plain {
            match &mut cli.command {
                None => {}
                Some(
                    Command::Setup(setup)
                    | Command::Undo(setup)
                    | Command::Access(AccessCommand::Remove(setup)),
                ) => setup.plain = true,
                Some(Command::Rotate(rotate)) => rotate.plain = true,
                #[cfg(feature = "demo")]
                Some(Command::Demo(demo)) if !demo.serve => demo.plain = true,
                Some(_) => {
                    let name = matches.subcommand_name().unwrap_or_default();
                    let why = say!("`{name}` has no `--plain`", name);
                    return Err(parser.error(ErrorKind::ArgumentConflict, why));
                }
            }
        }
        if let Some(Command::Rotate(rotate)) = &cli.command
            && rotate.what != What::ClientSecret
            && (rotate.plan.is_some()
                || (rotate.if_older_than.is_some() && rotate.what == What::ImmichApiKey)
                || rotate.revoke
                || rotate.back)
        {
            let why = say!("these options are for the client secret alone");
            return Err(parser.error(ErrorKind::ArgumentConflict, why));
        }
        Ok(cli)
    }

    /// What reads the arguments and knows the help: everything that is printed
    /// about the commands is made of it.
    #[must_use]
    pub fn parser() -> clap::Command {
        let parser = Self::command();
        #[cfg(scrambled)]
        let parser = scrambled::texts_of(parser, &exit_codes());
        parser
    }

    /// The command, `setup` where none was given.
    #[must_use]
    pub fn chosen(&self) -> Command {
        self.command.clone().unwrap_or_else(|| Command::Setup(self.setup.clone()))
    }
}

/// What every command understands.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The site to work on: the name of its profile
    #[arg(long, global = true, value_name = "NAME", default_value = USUAL_PROFILE, value_parser = profile_name)]
    pub profile: String,
    /// The folder of the profiles, instead of the usual one
    #[arg(long, global = true, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub config: Option<PathBuf>,
    /// Whether to use colour; `auto` also heeds `NO_COLOR`
    #[arg(long, global = true, value_name = "WHEN", default_value_t, value_enum)]
    pub color: Color,
    /// How long a command that asks nothing may take as a whole
    ///
    /// Such as 90s or 5m. Two minutes where it only looks; `apply` begins no
    /// step after ten.
    #[arg(long, global = true, value_name = "TIME", value_parser = spans::time)]
    pub timeout: Option<Duration>,
    /// Writes what happens inside to this file, never a secret
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub log: Option<PathBuf>,
}

/// The profile that is meant where none is named.
const USUAL_PROFILE: &str = "default";

impl Global {
    /// Commands that texts name are for the same site.
    fn is_named(&self) {
        let profile = Some(self.profile.clone()).filter(|name| name != USUAL_PROFILE);
        say::is_called_for(CalledFor { config: self.config.clone(), profile });
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal that has colours, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Walks through the set-up, step by step (the default)
    Setup(Setup),
    /// Puts a new client secret into the place of the one in use
    ///
    /// In four stages: create, set, test, finish. Both sides are switched at
    /// the same moment, how long logins failed is measured, and whatever fails
    /// leads back. Nobody is logged out.
    Rotate(Rotate),
    /// Shows wanted beside live, changes nothing
    Status(Status),
    /// Shows what set-up would do, changes nothing
    Plan(Plan),
    /// Performs exactly a plan that you reviewed
    ///
    /// Refuses when anything moved since the plan was made.
    Apply(Apply),
    /// Takes the last run back, change by change
    ///
    /// The newest change first. Each is shown and confirmed like any other; one
    /// that somebody changed again since is shown with all three values. Run it
    /// again to take the run before that back.
    Undo(Setup),
    /// Handles what gives this program access to both servers
    #[command(subcommand)]
    Access(AccessCommand),
    /// Lists and handles the secrets of the site
    #[command(subcommand)]
    Secret(SecretCommand),
    /// Lists and handles profiles
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Walks through the set-up on a homelab that is built in
    ///
    /// Nothing of yours is touched: authentik, Immich and its host are played
    /// by this program on loopback ports, and the secrets end with it. Without
    /// a terminal on standard input the demo plays the operator itself.
    #[cfg(feature = "demo")]
    Demo(Demo),
    /// Prints the completion script of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Prints the manual page
    Man,
}

/// The options of `setup` and `undo`.
#[derive(Clone, Debug, Default, Args)]
pub struct Setup {
    /// Questions and answers instead of the full screen
    ///
    /// Chosen by itself on a terminal that cannot place a cursor. Suits screen
    /// readers.
    #[arg(long)]
    pub plain: bool,
}

/// The options of `rotate`.
#[derive(Clone, Debug, Args)]
pub struct Rotate {
    /// What to rotate
    #[arg(value_name = "WHAT", default_value_t, value_enum)]
    pub what: What,
    /// Questions and answers instead of the full screen
    #[arg(long)]
    pub plain: bool,
    /// Only if the secret is older than this, such as 90d or 12w
    ///
    /// For the client secret and the API token for authentik.
    /// Where it is not, nothing is done and the exit code is 0. Where it is,
    /// and there is no terminal to ask on, the exit code is 3: for a timer.
    #[arg(long, value_name = "AGE", value_parser = spans::age)]
    pub if_older_than: Option<SignedDuration>,
    /// Writes a plan to this file, for `apply`, instead of walking
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["plain", "revoke"])]
    pub plan: Option<PathBuf>,
    /// Also revokes the tokens that authentik issued under the old secret
    ///
    /// For a secret that was seen by somebody who must not have it. They are
    /// listed and asked about first.
    #[arg(long)]
    pub revoke: bool,
    /// Brings the previous secret back instead of a new one
    #[arg(long)]
    pub back: bool,
}

/// What can be rotated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// The client secret that authentik and Immich share
    #[default]
    ClientSecret,
    /// This program's own API token for authentik
    AuthentikToken,
    /// This program's own API key for Immich
    ImmichApiKey,
}

/// The options of `status`.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// JSON with a `version` field instead of text
    #[arg(long)]
    pub json: bool,
}

/// The options of `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// JSON with a `version` field instead of text
    #[arg(long)]
    pub json: bool,
    /// Also writes the plan to this file, for `apply`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
}

/// The options of `apply`.
#[derive(Clone, Debug, Args)]
pub struct Apply {
    /// The plan, as `plan --out` wrote it
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
}

/// What can be done with this program's access.
#[derive(Clone, Debug, Subcommand)]
pub enum AccessCommand {
    /// Removes the token, the account, the role, the group and the API key that
    /// this program made
    ///
    /// Only what the journal of the profile names by its id; each is shown and
    /// confirmed. What is somebody else's is left and named. What was set up
    /// stays.
    Remove(Setup),
}

fn profile_name(text: &str) -> Result<String, ProfileNameError> {
    check_profile_name(text).map(|()| text.to_owned())
}

/// The labels by name, so that help and completions list them.
fn labels() -> impl TypedValueParser<Value = Label> {
    PossibleValuesParser::new(Label::ALL.map(Label::name)).try_map(|name| name.parse::<Label>())
}
