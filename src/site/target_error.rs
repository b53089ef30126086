//! Why a text is no SSH target.

use super::{FaultKind, System, TooLong, UniformFailure, harmless::Unseen};

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TargetError {
    #[error(transparent)]
    TooLong(#[from] TooLong),
    #[error("{}", say!("there is {odd} in it", odd = .0.name()))]
    Unseen(Unseen),
    #[error("{}", say!("it names no user"))]
    NoUser,
    #[error("{}", say!("the bracket is not closed"))]
    OpenBracket,
    #[error("{}", say!("what stands in brackets is no IPv6 address"))]
    NoIpv6,
    #[error("{}", say!("an IPv6 address stands in brackets"))]
    NoBrackets,
    #[error("{}", say!("it names no host"))]
    NoHost,
    #[error("{}", say!("the port is no number from 1 to 65535"))]
    Port,
    #[error("{}", say!("the port is missing after the colon"))]
    NoPort,
}

impl UniformFailure for TargetError {
    const SYSTEM: System = System::Host;
    const KIND: FaultKind = FaultKind::Refused;

    fn hint(&self) -> String {
        if let Self::Unseen(unseen) = self {
            return unseen.hint();
        }
        say!("Write it as user@host or user@host:port, such as admin@192.0.2.11.")
    }
}
