//! One test for each kind of bad record: what intake makes of it. `tests/kafka/bad_input.rs` sends the same
//! kinds through a real Kafka and sees that the partition goes on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use slugline::broker::Record;
use slugline::config;
use slugline::engine::Engine;
use slugline::engine::analysis::prepare;
use slugline::engine::article::LaneEvent;
use slugline::engine::emission::{Effect, Placement};
use slugline::intake::dating::DateDoubt;
use slugline::intake::{Canonical, IntakeItem};
use slugline::wire::{Reject, RejectReason, parse_time};

/// What intake makes of a record that came at noon on 26 October 2023, by the default configuration.
fn read(value: &[u8]) -> IntakeItem {
    let config = config::load(None, std::iter::empty(), &[]).unwrap();
    let record = Record {
        topic: "news".into(),
        partition: 0,
        offset: 0,
        timestamp: parse_time("2023-10-26T12:00:00Z"),
        key: None,
        value: Some(value.to_vec()),
        headers: Vec::new(),
    };
    IntakeItem::read(record, &config.intake)
}

fn rejected(value: &[u8]) -> Reject {
    match read(value) {
        IntakeItem::Rejected { record, reject } => {
            assert_eq!(record.value.as_deref(), Some(value), "it is kept as it was");
            reject
        }
        other => panic!("taken: {other:?}"),
    }
}

/// The article, after the engine has given it a story.
fn taken(value: &[u8]) -> Canonical {
    match read(value) {
        IntakeItem::Article { canonical, .. } => {
            let placements = place(std::slice::from_ref(&canonical.article));
            assert_eq!(placements, [Placement::Founded]);
            *canonical
        }
        other => panic!("not taken: {other:?}"),
    }
}

/// How the engine places articles, one after the other.
fn place(articles: &[slugline::engine::article::Article]) -> Vec<Placement> {
    let config = config::load(None, std::iter::empty(), &[]).unwrap();
    let lane = slugline::engine::article::Lane::new("en").unwrap();
    let mut engine = Engine::new(lane, config.engine.clone());
    let mut placements = Vec::new();
    for article in articles {
        for effect in engine.apply(prepare(LaneEvent::Article(article.clone()), &config.engine)) {
            if let Effect::Assigned(assigned) = effect {
                placements.push(assigned.placement);
            }
        }
    }
    placements
}

fn dated(published: &str) -> Canonical {
    taken(format!(r#"{{"id": "a", "title": "Crane falls", "published": "{published}"}}"#).as_bytes())
}

#[test]
fn not_json() {
    assert_eq!(rejected(b"breaking: crane falls").reason, RejectReason::NotJson);
}

#[test]
fn a_json_array() {
    assert_eq!(rejected(br#"[{"id": "a", "title": "Crane falls"}]"#).reason, RejectReason::NotAnObject);
}

#[test]
fn no_id() {
    let reject = rejected(br#"{"title": "Crane falls"}"#);
    assert_eq!((reject.reason, reject.field), (RejectReason::MissingId, Some("id")));
}

#[test]
fn no_text_at_all() {
    assert_eq!(rejected(br#"{"id": "a", "title": "", "text": " \n"}"#).reason, RejectReason::NoText);
}

#[test]
fn invalid_utf8() {
    let reject = rejected(b"{\"id\": \"a\", \"title\": \"Cr\xe2ne\"}");
    assert_eq!(reject.reason, RejectReason::InvalidUtf8);
    assert!(reject.detail.contains("byte 24"), "{reject}");
}

#[test]
fn a_text_of_twenty_megabytes() {
    let value = format!(r#"{{"id": "a", "text": "{}"}}"#, "crane falls ".repeat(20_000_000 / 12));
    let reject = rejected(value.as_bytes());
    assert_eq!(reject.reason, RejectReason::TooLarge);
    assert!(reject.detail.contains("intake.max_record_bytes"), "{reject}");
}

#[test]
fn a_text_longer_than_is_kept_is_cut() {
    let value = format!(r#"{{"id": "a", "text": "{}"}}"#, "crane falls ".repeat(100_000));
    let canonical = taken(value.as_bytes());
    assert!(canonical.cut);
    assert_eq!(canonical.article.text.chars().count(), 200_000);
}

#[test]
fn nesting_ten_thousand_deep() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(rejected(deep.as_bytes()).reason, RejectReason::NotAnObject);
    assert_eq!(rejected(format!(r#"{{"id": "a", "title": {deep}}}"#).as_bytes()).reason, RejectReason::InvalidField);
    taken(format!(r#"{{"id": "a", "title": "Crane falls", "extra": {deep}}}"#).as_bytes());
}

#[test]
fn nul_and_bidirectional_control_characters() {
    assert_eq!(rejected(b"{\"id\": \"a\", \"title\": \"Cra\0ne\"}").reason, RejectReason::NotJson);
    let canonical = taken(br#"{"id": "a", "title": "Cra\u0000ne \u202efalls\u2066 \u200fhere"}"#);
    assert_eq!(canonical.article.title, "Crane falls here");
}

#[test]
fn a_date_in_1970() {
    let canonical = dated("1970-01-01T00:00:00Z");
    assert_eq!(canonical.doubt, Some(DateDoubt::TooEarly));
    assert_eq!(canonical.article.time.told(), parse_time("2023-10-26T12:00:00Z"));
}

#[test]
fn a_date_in_2999() {
    let canonical = dated("2999-12-31T23:59:59Z");
    assert_eq!(canonical.doubt, Some(DateDoubt::InFuture));
    assert_eq!(canonical.article.time.told(), parse_time("2023-10-26T12:00:00Z"));
}

#[test]
fn a_date_that_is_nonsense() {
    for nonsense in ["last Tuesday", "26/10/2023", "2023-02-30T00:00:00Z", "9999999999999999"] {
        assert_eq!(dated(nonsense).doubt, Some(DateDoubt::Unreadable), "{nonsense}");
    }
}

#[test]
fn a_title_alone() {
    let canonical = taken(br#"{"id": "a", "title": "Crane falls into the basin of Merrow harbour"}"#);
    assert_eq!((canonical.article.text.as_str(), canonical.lane.as_str()), ("", "en"));
}

#[test]
fn one_word_of_a_million_letters() {
    let canonical = taken(format!(r#"{{"id": "a", "text": "{}"}}"#, "a".repeat(1_000_000)).as_bytes());
    assert!(canonical.cut);
}

#[test]
fn the_same_id_twice_with_another_text() {
    let version = |text: &str| taken(format!(r#"{{"id": "a", "text": "{text}"}}"#).as_bytes()).article;
    let (first, second) = (version("A crane fell into the harbour."), version("The harbour is open again."));
    let placements = place(&[first.clone(), first, second]);
    assert_eq!(placements, [Placement::Founded, Placement::Revised], "repeated is nothing new, revised stays");
}
