use proptest::prelude::*;

use super::super::{RouteKind, StoreKind};
use super::*;
use crate::mutated::mutated_text;

struct Site {
    _folder: tempfile::TempDir,
    file: ProfileFile,
}

fn site(text: Option<&str>) -> Site {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::below(folder.path());
    let file = ProfileFile::new(&folders, "home").unwrap();
    if let Some(text) = text {
        fs::create_dir_all(folders.config()).unwrap();
        fs::write(file.path(), text).unwrap();
    }
    Site { _folder: folder, file }
}

/// What is said about a text, without the folder.
fn refusal(text: &str) -> String {
    let mut site = site(Some(text));
    let fault = site.file.load().expect_err(text);
    let folder = format!("{}/", site.file.path().parent().unwrap().display());
    format!("{fault}").replace(&folder, "")
}

#[test]
fn unknown_key_of_any_length_is_told_in_short() {
    let told = refusal(&format!("{} = 1\n", "k".repeat(500_000)));
    assert!(told.contains("`kkkk"), "{}", &told[..200]);
    assert!(told.len() < 1_000, "{} characters", told.len());
}

#[test]
fn the_text_that_is_written_first_is_the_default_profile() {
    assert_eq!(site(None).file.parse(TEMPLATE).unwrap(), Profile::default());
}

#[test]
fn every_example_in_the_text_that_is_written_first_is_a_key_of_a_profile() {
    let uncommented: String = TEMPLATE
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .flat_map(|line| [line, "\n"])
        .collect();
    let mut profile = site(None).file.parse(&uncommented).unwrap();
    // The rest has no example: it comes out of a dialogue.
    profile.authentik.pinned_certificate = Some("x".into());
    profile.immich.pinned_certificate = Some("x".into());
    let examples = leaves(&site(None).file.parse(&uncommented).unwrap()).len();
    assert_eq!(leaves(&profile).len(), examples + 2);
}

#[test]
fn a_new_profile_is_written_with_comments_and_read_again() {
    let mut site = site(None);
    assert_eq!(site.file.load().unwrap(), None);
    let mut profile = Profile::default();
    profile.authentik.url = "https://auth.example.com/".into();
    profile.immich.url = "https://photos.example.com".into();
    profile.immich.other_urls = vec!["http://192.0.2.11:2283".into()];
    profile.host.ssh = Some("admin@192.0.2.11".into());
    profile.secrets = StoreKind::File;
    profile.settings.route = Some(RouteKind::ConfigFile);
    site.file.save(&profile).unwrap();
    profile.tidy();
    assert_eq!(site.file.load().unwrap(), Some(profile));
    insta::assert_snapshot!(site.file.text().unwrap().unwrap());
}

#[test]
fn comments_order_and_spelling_of_a_person_survive() {
    let mut site = site(Some(
        "# mine\nimmich.url = 'HTTPS://Photos.example.com' # where the photos are\n\
         authentik = { url = \"https://auth.example.com\", api_url = \"http://192.0.2.10:9000\" }\n\n\
         [host] # in the cellar\n  folder   =   \"/srv/immich\"\n",
    ));
    let mut profile = site.file.load().unwrap().unwrap();
    profile.host.folder = "/opt/immich".into();
    profile.authentik.api_url = None;
    profile.application.slug = "photos".into();
    site.file.save(&profile).unwrap();
    insta::assert_snapshot!(site.file.text().unwrap().unwrap(), @r#"
    # mine
    immich.url = 'HTTPS://Photos.example.com' # where the photos are
    authentik = { url = "https://auth.example.com"}

    [host] # in the cellar
      folder   =   "/opt/immich"

    [application]
    slug = "photos"
    "#);
    assert_eq!(site.file.load().unwrap(), Some(profile));
}

#[test]
fn saving_what_is_there_changes_no_byte() {
    let text = "application.slug='immich'\n\n\n[immich]\nurl=\"https://photos.example.com/\"";
    let mut site = site(Some(text));
    let profile = site.file.load().unwrap().unwrap();
    site.file.save(&profile).unwrap();
    assert_eq!(site.file.text().unwrap().as_deref(), Some(text));
}

#[test]
fn an_edit_that_a_person_made_meanwhile_is_kept_or_told() {
    let mut site = site(Some("[application]\nslug = \"immich\"\nname = \"Immich\"\n"));
    let mut profile = site.file.load().unwrap().unwrap();
    let edited = "[application]\nslug = \"photos\"\nname = \"Immich\"\n";
    fs::write(site.file.path(), edited).unwrap();
    profile.application.name = "Photos".into();
    site.file.save(&profile).unwrap();
    assert_eq!(
        site.file.text().unwrap().unwrap(),
        "[application]\nslug = \"photos\"\nname = \"Photos\"\n"
    );
    site.file.load().unwrap();
    fs::write(site.file.path(), edited.replace("photos", "pictures")).unwrap();
    profile.application.slug = "images".into();
    let fault = site.file.save(&profile).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Moved);
    assert!(fault.answer.contains("application.slug"), "{fault}");
    assert!(site.file.text().unwrap().unwrap().contains("pictures"));
}

#[test]
fn what_no_profile_has_is_refused_with_its_place_and_the_nearest_name() {
    insta::assert_snapshot!(
        [
            "[aplication]\n",
            "[application]\nname = \"Immich\"\n  sulg = \"immich\"\n",
            "[immich]\nurl = \"https://photos.example.com\"\nadmin_token = \"x\"\n",
            "[settings]\nroute = \"databse\"\n",
            "[settings]\nauto_register = \"yes\"\n",
            "[immich]\nother_urls = \"http://192.0.2.11:2283\"\n",
            "[provider]\nclient_id = \"ümlaut\nname = 1\n",
            "[settings]\nroute = 1\n",
            "application = \"immich\"\n",
            "[application]\nname = true\n",
            "[host]\nfolder = \"/a\"\nfolder = \"/b\"\n",
            "[application]\nslug = \"token\"\n",
            "secrets = \"plain\"\n",
            "\"é\" = 1; x = 2\n",
            "[authentik]\nurl = \"https://auth.example.com/if/admin/\"\n",
            "[immich]\nother_urls = [\"http://192.0.2.11:2283\", \"192.0.2.12\"]\n",
        ]
        .map(|text| format!("{text}{}\n", refusal(text)))
        .join("\n")
    );
}

#[test]
fn a_profile_that_cannot_work_is_not_written() {
    let mut site = site(None);
    let mut profile = Profile::default();
    profile.application.slug = "authorize".into();
    assert!(site.file.save(&profile).is_err());
    assert_eq!(site.file.text().unwrap(), None);
}

#[test]
fn profiles_are_listed_by_name_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::below(folder.path());
    assert_eq!(ProfileFile::list(&folders).unwrap(), [""; 0]);
    for name in ["work", "home"] {
        ProfileFile::new(&folders, name).unwrap().save(&Profile::default()).unwrap();
    }
    fs::write(folders.config().join("notes.txt"), "").unwrap();
    assert_eq!(ProfileFile::list(&folders).unwrap(), ["home", "work"]);
    let mut home = ProfileFile::new(&folders, "home").unwrap();
    assert!(home.remove().unwrap());
    assert!(!home.remove().unwrap());
    assert_eq!(ProfileFile::list(&folders).unwrap(), ["work"]);
    assert!(ProfileFile::new(&folders, "../work").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_profile_that_is_written_is_read_again(
        name in "\\PC{1,20}",
        button in "\\PC{1,20}",
        database in "[ -~]{1,20}",
        other in prop::collection::vec("http://192\\.0\\.2\\.[1-9]:2283", 0..3),
        jump in prop::option::of("[a-z]{1,8}@[a-z]{1,8}:2[0-9]"),
    ) {
        let mut profile = Profile::default();
        profile.application.name = name;
        profile.settings.button_text = button;
        profile.host.database = database;
        profile.immich.other_urls = other;
        profile.host.jump = jump;
        prop_assume!(profile.problems().is_empty());
        let mut site = site(None);
        site.file.save(&profile).unwrap();
        prop_assert_eq!(site.file.load().unwrap(), Some(profile.clone()));
        // And back to what it was, on the same file.
        site.file.save(&Profile::default()).unwrap();
        prop_assert_eq!(site.file.load().unwrap(), Some(Profile::default()));
        site.file.save(&profile).unwrap();
        prop_assert_eq!(site.file.load().unwrap(), Some(profile));
    }
}

const WRITTEN: &str = "\
secrets = \"file\"

[authentik]
url = \"https://auth.example.com/\"
[immich]
url = 'https://photos.example.com' # \"photos\"
other_urls = [\"http://192.0.2.11:2283\", \"http://192.0.2.12:2283\"]
[settings]
route = \"config-file\"
button_text = \"\"\"Log in\"\"\"
[host]
ssh = \"admin@192.0.2.11:2222\"
";

#[test]
fn profile_that_is_mutated_is_good_before() {
    site(None).file.parse(WRITTEN).unwrap();
}

proptest! {
    #[test]
    fn mutated_profiles_are_refused_or_written_as_they_were_read(
        text in mutated_text(&[WRITTEN, TEMPLATE]),
    ) {
        let mut new = site(None);
        let Ok(profile) = new.file.parse(&text) else { return Ok(()) };
        new.file.save(&profile).unwrap();
        prop_assert_eq!(new.file.load().unwrap(), Some(profile.clone()));
        // In the text itself, too.
        let mut same = site(Some(&text));
        let read = same.file.load().unwrap().unwrap();
        same.file.save(&read).unwrap();
        prop_assert_eq!(same.file.load().unwrap(), Some(profile));
    }
}
