//! New secrets: a rotation, one that fails, one back; new access; access
//! removed.

use immich_sso::wizard::{Ending, Purpose, RotateWish, Rotated, start};
use immich_sso_lab::immich::Mishap;

use testkit::driver::{Site, confirm, leaves};

use crate::{
    people::{finish, run, signs_in, usual},
    script::Script,
};

fn rotation(of: Rotated) -> Purpose {
    Purpose::Rotate(RotateWish { of, ..RotateWish::default() })
}

#[tokio::test]
async fn rotated() {
    let mut script =
        Script::new("Rotation of the client secret", "On both sides, by Immich's API.");
    let site = Site::with(usual()).await;
    site.walk().await;
    let walk = start(run(&site, rotation(Rotated::ClientSecret)));
    assert_eq!(script.play(walk, confirm).await, Ending::Rotated);
    script.scene("Back to the previous secret, and the tokens issued under the other revoked");
    let wish = RotateWish { back: true, revoke: true, ..RotateWish::default() };
    let walk = start(run(&site, Purpose::Rotate(wish)));
    assert_eq!(script.play(walk, confirm).await, Ending::Rotated);
    finish("rotation", script, &site, &[]).await;
}

#[tokio::test]
async fn rotation_that_fails() {
    let mut script = Script::new(
        "Rotation that fails",
        "Immich does not take the new secret, so authentik gets the old one back. The operator\n\
         leaves it, and starts again later.",
    );
    let site = Site::with(usual()).await;
    site.walk().await;
    let (method, path) = ("PUT".into(), "/api/system-config".into());
    site.lab.immich.mishap(Mishap::Answer { method, path, status: 502 });
    let walk = start(run(&site, rotation(Rotated::ClientSecret)));
    assert_eq!(script.play(walk, leaves).await, Ending::Left);
    script.scene("The next start");
    let walk = start(run(&site, rotation(Rotated::ClientSecret)));
    assert_eq!(script.play(walk, confirm).await, Ending::Rotated);
    finish("rotation-fails", script, &site, &[]).await;
}

#[tokio::test]
async fn access_renewed_and_removed() {
    let mut script = Script::new(
        "New access, and access removed",
        "The program's own token for authentik is replaced.",
    );
    let site = Site::without_access(usual()).await;
    let answer = signs_in(&site);
    site.start().walk(&answer).await;
    let walk = start(run(&site, rotation(Rotated::AuthentikToken)));
    assert_eq!(script.play(walk, &answer).await, Ending::Rotated);
    script.scene("The program's own key for Immich is replaced");
    let walk = start(run(&site, rotation(Rotated::ImmichApiKey)));
    assert_eq!(script.play(walk, &answer).await, Ending::Rotated);
    script.scene("Access is removed");
    let walk = start(run(&site, Purpose::RemoveAccess));
    let ending = script.play(walk, &answer).await;
    assert!(matches!(ending, Ending::AccessRemoved(_)), "{ending:?}");
    finish("access", script, &site, &[]).await;
}
