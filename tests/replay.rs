//! `slugline replay` as a user runs it: the same bytes every time, and the sample's stories.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/samples/news_days.jsonl");

/// The page that a careless scraper delivered: navigation, the article, thirty headlines of other stories.
const PAGE: &str = "globaldesk-scraped-moscow";

fn replay(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slugline"));
    command.arg("replay").args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Replays a file and returns its changes and assignments.
fn outputs(folder: &Path, file: &Path, arguments: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let (changes, assignments) = (folder.join("changes.jsonl"), folder.join("assignments.jsonl"));
    let mut all = vec![file.to_str().unwrap(), "--changes", changes.to_str().unwrap()];
    all.extend(["--assignments", assignments.to_str().unwrap()]);
    all.extend(arguments);
    let done = replay(&all);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (fs::read(changes).unwrap(), fs::read(assignments).unwrap())
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    std::str::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Each article's value of `key`.
fn by_id(records: &[Value], key: &str) -> BTreeMap<String, String> {
    let text = |record: &Value, key: &str| record[key].as_str().unwrap().to_owned();
    records.iter().map(|record| (text(record, "id"), text(record, key))).collect()
}

/// The stories as sets of articles, whatever their ids.
fn partition(stories: &BTreeMap<String, String>, without: &str) -> BTreeSet<Vec<String>> {
    let mut members: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (article, story) in stories.iter().filter(|(article, _)| *article != without) {
        members.entry(story).or_default().push(article.clone());
    }
    members.into_values().collect()
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let first = outputs(folder.path(), Path::new(SAMPLE), &[]);
    assert!(lines(&first.0).len() > 200 && lines(&first.1).len() == 192);
    for threads in ["1", "2", "3", "4"] {
        let again = outputs(folder.path(), Path::new(SAMPLE), &["--threads", threads]);
        assert!(again == first, "{threads} threads give other bytes");
    }
}

#[test]
fn the_sample_is_what_it_claims_to_be() {
    let articles = lines(&fs::read(SAMPLE).unwrap());
    let stories: BTreeSet<&str> = articles.iter().map(|article| article["story"].as_str().unwrap()).collect();
    let days: BTreeSet<&str> =
        articles.iter().map(|article| article["published"].as_str().unwrap().get(..10).unwrap()).collect();
    let ids: BTreeSet<&str> = articles.iter().map(|article| article["id"].as_str().unwrap()).collect();
    assert!(articles.len() >= 150 && stories.len() >= 20 && days.len() >= 3, "{} {}", articles.len(), stories.len());
    assert_eq!(ids.len(), articles.len());
    assert!(stories.contains("live-blog-thursday") && stories.contains("market-roundup"));
    let page = articles.iter().find(|article| article["id"] == PAGE).unwrap();
    let headlines = page["text"].as_str().unwrap().lines().rev().take_while(|line| !line.ends_with('.')).count();
    assert!(headlines >= 30, "{headlines} lines after the article");
}

#[test]
fn every_telling_of_the_meeting_in_moscow_is_in_one_story_and_the_page_touches_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let gold = by_id(&lines(&fs::read(SAMPLE).unwrap()), "story");
    let found = by_id(&lines(&outputs(folder.path(), Path::new(SAMPLE), &[]).1), "story");
    let moscow: Vec<&String> = gold.iter().filter(|(_, story)| *story == "moscow-meeting").map(|(id, _)| id).collect();
    let stories: BTreeSet<&String> = moscow.iter().map(|id| &found[*id]).collect();
    assert_eq!(stories.len(), 1, "{stories:?}");
    assert_eq!(found[PAGE], found[moscow[0]]);
    let others = found.iter().filter(|(id, story)| stories.contains(story) && gold[*id] != "moscow-meeting").count();
    assert_eq!(others, 0, "articles of other stories in the story");

    // Without the page every other article is with the same others.
    let without = folder.path().join("without.jsonl");
    let text = fs::read_to_string(SAMPLE).unwrap();
    let kept: Vec<&str> = text.lines().filter(|line| !line.contains(&format!("\"{PAGE}\""))).collect();
    assert_eq!(kept.len() + 1, text.lines().count());
    fs::write(&without, kept.join("\n")).unwrap();
    let undisturbed = by_id(&lines(&outputs(folder.path(), &without, &[]).1), "story");
    assert_eq!(partition(&found, PAGE), partition(&undisturbed, PAGE));
}

#[test]
fn the_summary_counts_what_the_files_hold() {
    let folder = tempfile::tempdir().unwrap();
    let (changes, assignments) = (folder.path().join("changes.jsonl"), folder.path().join("assignments.jsonl"));
    let (changes, assignments) = (changes.to_str().unwrap(), assignments.to_str().unwrap());
    let done = replay(&[SAMPLE, "--changes", changes, "--assignments", assignments]);
    let summary = String::from_utf8(done.stdout).unwrap();
    let (changes, assignments) = (lines(&fs::read(changes).unwrap()), lines(&fs::read(assignments).unwrap()));
    for lane in ["de", "en", "es", "fr"] {
        let of_lane = |record: &&Value| record["lane"] == lane;
        let articles = assignments.iter().filter(of_lane).count();
        let stories: BTreeSet<&str> = changes.iter().filter(of_lane).map(|c| c["id"].as_str().unwrap()).collect();
        let sizes = changes.iter().filter(of_lane).map(|change| change["counts"]["articles"].as_u64().unwrap());
        let largest = usize::try_from(sizes.max().unwrap()).unwrap();
        let told = changes.iter().filter(of_lane).count();
        let row = summary.lines().find(|line| line.split_whitespace().next() == Some(lane)).unwrap();
        let counts: Vec<usize> = row.split_whitespace().skip(1).map(|count| count.parse().unwrap()).collect();
        assert_eq!(counts, [articles, stories.len(), largest, told], "{summary}");
    }
    assert!(summary.contains("192 articles in ") && !summary.contains("dead letters"), "{summary}");
}

#[test]
fn the_changes_of_each_story_are_numbered_without_a_gap_and_end_in_the_assignments() {
    let folder = tempfile::tempdir().unwrap();
    let (changes, assignments) = outputs(folder.path(), Path::new(SAMPLE), &[]);
    let mut revisions: BTreeMap<String, u64> = BTreeMap::new();
    let mut members: BTreeMap<String, String> = BTreeMap::new();
    for change in lines(&changes) {
        let story = change["id"].as_str().unwrap().to_owned();
        let revision = revisions.entry(story.clone()).or_default();
        *revision += 1;
        assert_eq!(change["revision"], *revision, "{story}");
        for article in change["added"].as_array().unwrap() {
            members.insert(article.as_str().unwrap().to_owned(), story.clone());
        }
    }
    assert_eq!(members, by_id(&lines(&assignments), "story"));
}

#[test]
fn standard_input_and_lines_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let (dead, assignments) = (folder.path().join("dead.jsonl"), folder.path().join("assignments.jsonl"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_slugline"))
        .args(["replay", "-", "--dead-letters", dead.to_str().unwrap()])
        .args(["--assignments", assignments.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = b"{\"id\": \"a\", \"title\": \"Storm closes harbour\", \"lang\": \"en\"}\r\n\n  \nnonsense\n{\"title\": \"no id\"}\n";
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    let summary = String::from_utf8(done.stdout).unwrap();
    assert!(summary.contains("dead letters, missing_id: 1") && summary.contains("1 articles"), "{summary}");
    assert_eq!(lines(&fs::read(assignments).unwrap()).len(), 1);
    let dead = lines(&fs::read(dead).unwrap());
    assert_eq!(
        (&dead[0]["line"], &dead[0]["reason"], &dead[0]["value"]),
        (&4.into(), &"not_json".into(), &"nonsense".into())
    );
    assert_eq!((&dead[1]["line"], &dead[1]["field"]), (&5.into(), &"id".into()));
}

#[test]
fn what_cannot_be_read_or_written_is_named() {
    let complaint = |arguments: &[&str]| {
        let done = replay(arguments);
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, text) = complaint(&["nowhere.jsonl"]);
    assert!(code == Some(1) && text.contains("nowhere.jsonl"), "{code:?} {text}");
    let unwritable: PathBuf = ["no", "such", "folder", "x.jsonl"].iter().collect();
    let (code, text) = complaint(&[SAMPLE, "--changes", unwritable.to_str().unwrap()]);
    assert!(code == Some(1) && text.contains("x.jsonl"), "{code:?} {text}");
    let (code, text) = complaint(&[SAMPLE, "--config", "nowhere.toml", "--set", "engine.clustering.treshold=7"]);
    assert!(code == Some(2) && text.contains("nowhere.toml") && text.contains("treshold: unknown key"), "{text}");
    let (code, text) = complaint(&[SAMPLE, "--set", "engine.clustering.join_threshold=7"]);
    assert!(code == Some(2) && text.contains("engine.clustering.join_threshold: expected 0.01 to 1, got 7"), "{text}");
}

#[test]
fn a_full_disk_ends_the_replay_with_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let done = replay(&[SAMPLE, "--changes", "/dev/full"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8(done.stderr).unwrap().contains("cannot write /dev/full"));
}
