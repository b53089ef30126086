//! Plain data about a site: what is asked for, what is so, and what went
//! wrong. Nothing in here talks to anything.

mod address;
mod address_error;
mod clock;
mod edit;
mod edit_error;
mod fault;
mod fields;
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
mod profile_text;
mod reading;
mod route;
mod slot;
mod ssh_target;
mod target_error;
mod value_check;
mod value_error;
mod version;
mod wanted;

pub use address::Address;
pub use clock::Clock;
pub use edit_error::EditError;
pub use fault::{Failure, Fault, FaultKind, System, UniformFailure};
pub use fields::{ApplicationField, Object, ProfileKey, ProviderField, SettingsField};
pub use folders::Folders;
pub use length::{TooLong, check_length};
pub use named_file::NamedFile;
pub use oauth::{SigningAlgorithm, TokenAuthMethod};
pub use profile::{
    ApplicationProfile, AuthentikProfile, DockerAccess, HostProfile, ImmichProfile, Profile,
    ProviderProfile, SettingsProfile, StoreKind,
};
pub use profile_check::{Problem, ProfileNameError, check_profile_name};
pub use profile_file::ProfileFile;
pub use reading::{Last, Reading};
pub use route::RouteKind;
pub use ssh_target::SshTarget;
pub use value_error::ValueError;
pub use version::Version;
pub use wanted::MOBILE_REDIRECT_URI;
