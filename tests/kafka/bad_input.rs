//! Whatever stands on the input topic ends as a sound article or as a dead letter with its reason, and the
//! partition goes on.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::kafka::{Read, Sent, brokers, produce, read_committed};
use crate::support::service::Scenario;
use crate::support::wait_for;

/// What becomes of a record.
enum Fate {
    /// It is a dead letter with this reason.
    DeadLetter(&'static str),
    /// It is an article with a story.
    Article,
}

use Fate::{Article, DeadLetter};

const BODY: &str = "The harbour of Merrow was closed on Monday after a crane fell into the basin, the port said.";

/// The records, each with a name that is its key and, where it has one, its id.
fn records() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let article = |name: &str, fields: &str| format!(r#"{{"id": "{name}", "lang": "en", {fields}}}"#).into_bytes();
    let deep = format!("{}1{}", r#"{"a":"#.repeat(10_000), "}".repeat(10_000));
    let twenty_megabytes = BODY.repeat(20_000_000 / BODY.len());
    let one_word = "a".repeat(1_000_000);
    vec![
        ("not-json", b"breaking: crane falls".to_vec(), DeadLetter("not_json")),
        ("cut-short", br#"{"id": "cut-short", "title": "Crane"#.to_vec(), DeadLetter("not_json")),
        ("array", br#"[{"id": "array", "title": "Crane falls"}]"#.to_vec(), DeadLetter("not_an_object")),
        ("no-id", br#"{"title": "Crane falls"}"#.to_vec(), DeadLetter("missing_id")),
        ("no-text", article("no-text", r#""title": " ", "text": "" "#), DeadLetter("no_text")),
        ("invalid-utf8", b"{\"id\": \"invalid-utf8\", \"title\": \"Cr\xe2ne\"}".to_vec(), DeadLetter("invalid_utf8")),
        (
            "twenty-megabytes",
            article("twenty-megabytes", &format!(r#""text": "{twenty_megabytes}""#)),
            DeadLetter("too_large"),
        ),
        ("deep-array", "[".repeat(10_000).into_bytes(), DeadLetter("not_json")),
        ("deep-in-title", article("deep-in-title", &format!(r#""title": {deep}"#)), DeadLetter("invalid_field")),
        ("deep-elsewhere", article("deep-elsewhere", &format!(r#""title": "Crane falls", "extra": {deep}"#)), Article),
        ("raw-nul", b"{\"id\": \"raw-nul\", \"title\": \"Cra\0ne\"}".to_vec(), DeadLetter("not_json")),
        (
            "control-characters",
            article("control-characters", r#""title": "Cra\u0000ne \u202efalls\u2066 \u001b[2J""#),
            Article,
        ),
        (
            "dated-1970",
            article("dated-1970", &format!(r#""text": "{BODY}", "published": "1970-01-01T00:00:00Z""#)),
            Article,
        ),
        (
            "dated-2999",
            article("dated-2999", &format!(r#""text": "{BODY}", "published": "2999-01-01T00:00:00Z""#)),
            Article,
        ),
        (
            "dated-nonsense",
            article("dated-nonsense", &format!(r#""text": "{BODY}", "published": "last Tuesday""#)),
            Article,
        ),
        ("title-alone", article("title-alone", r#""title": "Crane falls into the basin of Merrow""#), Article),
        ("one-word", article("one-word", &format!(r#""text": "{one_word}""#)), Article),
        ("same-id", article("same-id", &format!(r#""text": "{BODY}""#)), Article),
        (
            "same-id",
            article("same-id", r#""text": "The crane in Merrow has been raised; the harbour is open.""#),
            Article,
        ),
        ("number-for-a-title", article("number-for-a-title", r#""title": 7"#), DeadLetter("invalid_field")),
        ("id-with-a-bell", br#"{"id": "a\u0007", "title": "Crane falls"}"#.to_vec(), DeadLetter("invalid_id")),
    ]
}

#[test]
fn every_bad_record_has_its_fate_and_the_partition_goes_on() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "bad", [1, 1, 1], "");
    let service = scenario.start("one", &[]);
    let records = records();
    let mut sent: Vec<Sent> = records
        .iter()
        .map(|(name, value, _)| Sent {
            key: Some(name.as_bytes().to_vec()),
            value: Some(value.clone()),
            ..Sent::default()
        })
        .collect();
    // A null value whose key names no article, and last a sound article.
    sent.push(Sent::default());
    let last = br#"{"id": "last", "title": "The partition goes on", "lang": "en"}"#;
    sent.push(Sent { value: Some(last.to_vec()), ..Sent::default() });
    produce(&brokers, &scenario.topic("articles"), &sent);

    let assignments = wait_for("the last article", Duration::from_secs(60), || {
        let read = read_committed(&brokers, &scenario.topic("assignments"));
        let ids: Vec<String> = read.iter().map(|r| r.json()["id"].as_str().unwrap().to_owned()).collect();
        if ids.iter().any(|id| id == "last") { Ok(ids) } else { Err(format!("{ids:?}\n{}", service.log())) }
    });
    let dead = read_committed(&brokers, &scenario.topic("dlq"));
    let dead: BTreeMap<&str, &Read> = dead.iter().map(|r| (key(r), r)).collect();
    let mut expected_dead = 1;
    for (name, value, fate) in &records {
        match fate {
            Article => assert!(assignments.iter().any(|id| id == name), "{name} is no article: {:?}", dead.get(name)),
            DeadLetter(reason) => {
                expected_dead += 1;
                let letter = dead.get(name).unwrap_or_else(|| panic!("{name} is no dead letter"));
                assert_eq!(letter.header("x-error-reason"), Some(*reason), "{name}");
                assert_eq!(letter.value.as_deref(), Some(value.as_slice()), "{name} is kept as it was");
                assert_eq!(letter.header("x-error-topic"), Some(scenario.topic("articles").as_str()));
                assert!(letter.header("x-error-offset").is_some() && letter.header("x-error-partition") == Some("0"));
                assert!(letter.header("x-error-detail").is_some_and(|detail| !detail.is_empty()), "{name}");
            }
        }
    }
    assert_eq!(dead.len(), expected_dead, "nothing else is a dead letter: {:?}", dead.keys());
    assert_eq!(dead[""].header("x-error-reason"), Some("invalid_key"));
    assert_eq!(dead["number-for-a-title"].header("x-error-field"), Some("title"));
    assert_eq!(assignments.iter().filter(|id| *id == "same-id").count(), 2, "told again when it was revised");
    assert_eq!(service.metric("slugline_dead_letters_total", &[]), expected_dead as u64);
    assert_eq!(service.metric("slugline_dates_doubted_total", &["too_early"]), 1);
    assert_eq!(service.metric("slugline_dates_doubted_total", &["in_future"]), 1);
    assert_eq!(service.metric("slugline_dates_doubted_total", &["unreadable"]), 1);
    service.terminate();
}

fn key(record: &Read) -> &str {
    std::str::from_utf8(record.key.as_deref().unwrap_or_default()).unwrap()
}

#[test]
fn a_record_too_large_for_the_dead_letter_topic_is_told_without_its_value() {
    let Some(brokers) = brokers() else { return };
    let settings = ["kafka.max_message_bytes=200000", "intake.max_record_bytes=100000"];
    let scenario = Scenario::new(&brokers, "large", [1, 1, 1], "");
    let service = scenario.start("one", &settings);
    let value = vec![b'x'; 300_000];
    produce(&brokers, &scenario.topic("articles"), &[Sent { value: Some(value), ..Sent::default() }]);
    let letter = wait_for("the dead letter", Duration::from_secs(30), || {
        read_committed(&brokers, &scenario.topic("dlq")).pop().ok_or_else(|| service.log())
    });
    assert_eq!(letter.value, None);
    assert_eq!(letter.header("x-error-value-bytes"), Some("300000"));
    assert_eq!(letter.header("x-error-offset"), Some("0"));
    service.terminate();
}
