//! Plain data about a site: what is asked for, what is so, and what went
//! wrong. Nothing in here talks to anything.

mod address;
mod address_error;
mod clock;
mod fault;
mod file_error;
pub mod files;
mod folders;
pub mod harmless;
mod length;
mod named_file;
mod oauth;
mod profile;
mod profile_check;
mod profile_file;
mod profile_key;
mod profile_text;
mod reading;
mod ssh_target;
mod target_error;
mod value_error;
mod version;
mod wanted;

pub use address::Address;
pub use clock::Clock;
pub use fault::{Failure, Fault, FaultKind, System, UniformFailure};
pub use folders::Folders;
pub use length::{TooLong, check_length};
pub use named_file::NamedFile;
pub use oauth::{SigningAlgorithm, TokenAuthMethod};
pub use profile::{
    ApplicationProfile, AuthentikProfile, DockerAccess, HostProfile, ImmichProfile, Profile,
    ProviderProfile, RouteWish, SettingsProfile, StoreKind,
};
pub use profile_check::{Problem, ProfileNameError, check_profile_name};
pub use profile_file::ProfileFile;
pub use profile_key::{EditError, ProfileKey};
pub use reading::{Last, Reading};
pub use ssh_target::SshTarget;
pub use value_error::ValueError;
pub use version::Version;
pub use wanted::MOBILE_REDIRECT_URI;
