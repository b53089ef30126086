//! Rotation: a new client secret into the place of one that is in use, in four
//! stages (create, set, test, finish), each of which survives a kill.

mod view;

pub use view::{Between, Holding, RotationView, Side, Staged, SwitchView};
