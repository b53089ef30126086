//! What a rotation costs: the outage by every route, at several distances,
//! beside the ways of doing it by hand. `cargo bench --bench rotation`; after
//! `--`, parts of the names or of the distances to measure only these:
//! `database 100`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a developer sees why it stopped")]

mod apart;
mod hammer;
mod proxy;
mod site;
mod ways;

use std::time::Duration;

use immich_sso_lab::Settings;

use apart::Apart;
use hammer::Hammer;
use site::Site;
use ways::Way;

/// How long after the hammer began the switch is launched, at the least.
const LEAD: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() {
    println!(
        "1,000 logins, one every 10 ms; the outage is from the first failed to the last failed."
    );
    println!("apart: how long the two servers held different secrets, as the lab knows.\n");
    println!(
        "{:>7}  {:<34} {:>10} {:>10} {:>14}",
        "one way", "", "outage", "apart", "failed of 1000"
    );
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    for delay in [0, 20, 100].map(Duration::from_millis) {
        for way in Way::ALL {
            let title = format!("{} {}", way.name(), delay.as_millis());
            if !words.iter().all(|word| title.contains(word.as_str())) {
                continue;
            }
            let (outcome, apart) = measure(way, delay).await;
            println!(
                "{:>4} ms  {:<34} {:>7} ms {:>7.1} ms {:>14}",
                delay.as_millis(),
                way.name(),
                outcome.outage.as_millis(),
                apart.as_secs_f64() * 1_000.0,
                outcome.failed,
            );
        }
        println!();
    }
}

async fn measure(way: Way, delay: Duration) -> (hammer::Outcome, Duration) {
    let settings = match way {
        Way::Route(settings) => settings,
        Way::Tutorial => Settings::Database,
        Way::TwoCalls => Settings::Api,
    };
    let site = Site::set_up(settings, delay).await;
    let ready = way.prepare(&site).await;
    let hammer = Hammer::prepare(&site.lab, &site.profile).await;
    let apart = Apart::begin(&site.lab);
    let hammering = hammer.begin();
    tokio::time::sleep(LEAD).await;
    ready.go(&site).await;
    let outcome = hammering.await.unwrap();
    (outcome, apart.end())
}
