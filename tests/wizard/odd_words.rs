//! Values that read as the words which stand for none: they are values all the
//! same.

use immich_sso::wizard::{StepTopic, Topic};
use serde_json::json;
use testkit::said_with;

use crate::driver::{Site, confirm, pick, says};

#[tokio::test]
async fn button_text_that_reads_as_no_value_is_taken_over() {
    let mut site = Site::open().await;
    site.walk().await;
    for odd in ["none", "empty", "not set"] {
        let mut config = site.lab.immich.settings().unwrap();
        config["oauth"]["buttonText"] = json!(odd);
        site.put_settings(&config).await;
        let mutations = site.mutations();
        let mut offered = false;
        site.start()
            .walk(|prompt, now| {
                if matches!(prompt.topic, Topic::Step(StepTopic::ChangedByHand(_))) {
                    offered = says(&prompt.help, &said_with("it is `{}` now", &[&odd]));
                    return pick(prompt, 't');
                }
                confirm(prompt, now)
            })
            .await;
        assert!(offered, "`{odd}` is not offered");
        assert_eq!(site.mutations(), mutations, "`{odd}`: nothing is to be changed");
        assert_eq!(site.oauth()["buttonText"], odd);
        site.profile = site.setup().file.load().unwrap().unwrap();
        assert_eq!(site.profile.settings.button_text, odd);
    }
}
