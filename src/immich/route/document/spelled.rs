//! How values of the oauth block stand in a config file: with which quotes, over
//! which lines. What is put back there is to stand as it stood.

use std::{collections::BTreeMap, ops::Range, str::FromStr};

use yaml_edit::{YamlFile, YamlNode};

use super::super::splice::{self, Edit};

/// How the values stand in YAML, by their keys.
pub(super) fn in_yaml(text: &str) -> BTreeMap<String, String> {
    let Some(places) = places(text) else { return BTreeMap::new() };
    let spelled = |(key, at): (String, Range<usize>)| Some((key, text.get(at)?.to_owned()));
    places.into_iter().filter_map(spelled).collect()
}

/// The text with its values spelled like that, where they are there. `None`: no
/// one stands otherwise.
pub(super) fn back_in_yaml(text: &str, spelled: &BTreeMap<String, String>) -> Option<String> {
    let mut places = places(text)?;
    places.sort_by_key(|(_, at)| std::cmp::Reverse(at.start));
    let mut out = text.to_owned();
    for (key, at) in places {
        if let Some(old) = spelled.get(&key).filter(|_| text.get(at.clone()).is_some()) {
            out.replace_range(at, old);
        }
    }
    (out != text).then_some(out)
}

/// Where the values are in the text.
fn places(text: &str) -> Option<Vec<(String, Range<usize>)>> {
    let file = YamlFile::from_str(text).ok()?;
    let oauth = file.documents().next()?.get_mapping("oauth")?;
    let places = oauth.iter().filter_map(|(key, value)| {
        let YamlNode::Scalar(key) = key else { return None };
        if value.is_mapping() || value.is_sequence() {
            return None;
        }
        let at = value.byte_range();
        let (start, end) = (at.start as usize, at.end as usize);
        // A value over several lines takes the end of its last line along.
        let end = start + text.get(start..end)?.trim_end_matches(['\n', '\r']).len();
        Some((key.as_string(), start..end))
    });
    Some(places.collect())
}

/// The same in JSON.
pub(super) fn in_json(text: &str) -> BTreeMap<String, String> {
    let odd = |text: &str| splice::odd_members(text).unwrap_or_default().into_iter();
    let block = odd(text).find(|(key, _)| key == "oauth");
    block.map(|(_, block)| odd(&block).collect()).unwrap_or_default()
}

/// The same in JSON.
pub(super) fn back_in_json(text: &str, spelled: &BTreeMap<String, String>) -> Option<String> {
    let there = in_place(text)?;
    let paths: Vec<_> = spelled
        .iter()
        .filter(|(key, _)| there.contains(key))
        .map(|(key, old)| (["oauth", key.as_str()], old))
        .collect();
    let edits: Vec<_> = paths.iter().map(|(path, old)| Edit::spelled(path, old)).collect();
    let out = splice::splice(text, &edits).ok()?;
    (out.as_str() != text).then(|| out.to_string())
}

fn in_place(text: &str) -> Option<Vec<String>> {
    let tree = splice::read(text).ok()?;
    Some(tree.get("oauth")?.as_object()?.keys().cloned().collect())
}
