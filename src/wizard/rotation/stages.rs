//! What a look at any stage shows: where the rotation stands.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Obstacle, Phase, Standing};
use crate::{
    site::{Fault, Reading, System},
    wizard::{LiveRow, LiveSubject, LiveValue, look::Look, systems::Systems},
};

/// Reads where the rotation stands and begins a look with it. No standing: the two
/// sides do not agree, and the look says that this is in the way.
pub(in crate::wizard) async fn begin(systems: &Systems) -> Result<(Look, Option<Standing>), Fault> {
    let began = Instant::now();
    let standing = Standing::read(systems).await?;
    let mut look = Look {
        rotation: Some(standing.view(None)),
        live: live(&standing, began.elapsed()),
        ..Look::default()
    };
    if standing.phase() == Phase::Apart {
        look.blockers.push(apart(&standing));
        return Ok((look, None));
    }
    Ok((look, Some(standing)))
}

/// What each side says that it holds; to read both took that long.
pub(in crate::wizard) fn live(standing: &Standing, took: Duration) -> Vec<LiveRow> {
    [System::Authentik, System::Immich]
        .map(|system| LiveRow {
            system,
            what: LiveSubject::ClientSecret,
            value: Reading::Known {
                value: LiveValue::Holding(standing.side(system)),
                at: Timestamp::now(),
                took,
            },
        })
        .into()
}

/// Two sides that do not agree, and no rotation that says why.
fn apart(standing: &Standing) -> Fault {
    Fault::of(&Obstacle::Apart(standing.story()), say!("rotate the client secret"))
}
