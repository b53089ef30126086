//! Access: the right to work on both servers. [`crate::wizard::access`] asks for it.

use super::{Look, Looked, Step, When};
use crate::{
    site::Profile,
    wizard::{About, systems::Systems},
};

/// The step.
pub(super) struct Access;

impl Step for Access {
    fn about(&self, _: &Profile) -> About {
        About::Access
    }

    fn is_planned(&self) -> bool {
        false
    }

    fn look<'a>(&self, _: &'a Systems, _: When) -> Looked<'a> {
        Box::pin(async { Ok(Look::default()) })
    }
}
