//! The service among others: instances that come and go, retractions, health, topics.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::kafka::{Sent, brokers, produce, read_committed};
use crate::support::service::Scenario;
use crate::support::wait_for;

fn articles(range: std::ops::Range<usize>) -> Vec<Sent> {
    let article = |n: usize| {
        let town = ["Merrow", "Haldre", "Westmere", "Tarn"][n % 4];
        let value = serde_json::json!({
            "id": format!("a{n}"), "lang": "en", "source": "Harbour Post",
            "title": format!("Council of {town} meets for the {n}th time"),
            "text": format!("The council of {town} met again on matter {n}. It was the {n}th time this year."),
        });
        Sent {
            partition: Some(i32::try_from(n % 6).unwrap()),
            value: Some(value.to_string().into_bytes()),
            ..Sent::default()
        }
    };
    range.map(article).collect()
}

/// How often each article stands in the lane log.
fn lane_log(scenario: &Scenario) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for record in read_committed(&scenario.brokers, &scenario.topic("lanes")) {
        if record.header("ce_type") == Some("slugline.lane.article.v1") {
            *seen.entry(record.json()["id"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    seen
}

fn wait_for_lane_log(scenario: &Scenario, articles: usize) {
    wait_for("the lane log", Duration::from_secs(90), || {
        let seen = lane_log(scenario);
        assert!(seen.values().all(|count| *count == 1), "an article stands twice in the lane log: {seen:?}");
        if seen.len() == articles { Ok(()) } else { Err(format!("{} of {articles}", seen.len())) }
    });
}

#[test]
fn instances_that_join_and_leave_lose_and_repeat_nothing() {
    join_and_leave("");
}

#[test]
fn the_same_holds_where_the_broker_assigns_the_partitions() {
    join_and_leave("kafka.group_protocol=consumer");
}

fn join_and_leave(setting: &str) {
    let Some(brokers) = brokers() else { return };
    let settings: Vec<&str> = Some(setting).into_iter().filter(|setting| !setting.is_empty()).collect();
    let scenario = Scenario::new(&brokers, "members", [6, 4, 2], "");
    let topic = scenario.topic("articles");
    let first = scenario.start("first", &settings);
    produce(&brokers, &topic, &articles(0..600));
    wait_for_lane_log(&scenario, 600);

    let second = scenario.start("second", &settings);
    wait_for("the second instance's share", Duration::from_secs(60), || {
        let shares = [&first, &second].map(|s| s.metric("slugline_assigned_partitions", &["intake"]));
        if shares == [3, 3] { Ok(()) } else { Err(format!("{shares:?}")) }
    });
    produce(&brokers, &topic, &articles(600..1200));
    wait_for_lane_log(&scenario, 1200);

    // Asked to end in the middle of the work: it commits, leaves, and the other takes over.
    produce(&brokers, &topic, &articles(1200..2400));
    let (status, log) = first.terminate();
    assert!(status.success(), "{log}");
    assert!(log.contains("slugline has ended as asked"), "{log}");
    wait_for_lane_log(&scenario, 2400);
    assert_eq!(second.metric("slugline_transactions_total", &["aborted"]), 0);
    wait_for("the whole share", Duration::from_secs(60), || {
        let share = second.metric("slugline_assigned_partitions", &["intake"]);
        if share == 6 { Ok(()) } else { Err(format!("{share} partitions")) }
    });
    second.terminate();
}

#[test]
fn a_restart_goes_on_at_the_commit_and_says_that_it_starts_cold() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "restart", [6, 1, 1], "");
    let first = scenario.start("one", &[]);
    produce(&brokers, &scenario.topic("articles"), &articles(0..50));
    wait_for_lane_log(&scenario, 50);
    assert_eq!(first.metric("slugline_cold_starts_total", &[]), 0, "a first start has nothing to continue");
    wait_for("the lane", Duration::from_secs(30), || {
        let lag = first.metric("slugline_records_consumed_total", &["lane"]);
        if lag >= 50 { Ok(()) } else { Err(format!("{lag} of 50")) }
    });
    first.terminate();
    produce(&brokers, &scenario.topic("articles"), &articles(50..100));
    let second = scenario.start("one", &[]);
    wait_for_lane_log(&scenario, 100);
    let (ready, body) = second.get("/readyz").unwrap();
    assert!(ready && body.contains("started cold"), "{body}");
    assert_eq!(second.metric("slugline_cold_starts_total", &[]), 1);
    assert!(second.log().contains("started cold"), "{}", second.log());
    second.terminate();
}

#[test]
fn a_retraction_withdraws_the_assignment_and_corrects_the_story() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "retract", [1, 2, 1], "[engine.emission]\ncoalesce = \"0s\"\n");
    let service = scenario.start("one", &[]);
    let value = |id: &str| {
        let text = format!("A crane fell into the basin of Merrow harbour, the port authority told {id}.");
        Some(serde_json::json!({"id": id, "text": text, "lang": "en"}).to_string().into_bytes())
    };
    let mut sent = vec![
        Sent { key: Some(b"x1".to_vec()), value: value("x1"), ..Sent::default() },
        Sent { key: Some(b"x2".to_vec()), value: value("x2"), ..Sent::default() },
        Sent { key: Some(b"x1".to_vec()), value: None, ..Sent::default() },
    ];
    produce(&brokers, &scenario.topic("articles"), &sent);
    let last = wait_for("the withdrawal", Duration::from_secs(30), || {
        let read = read_committed(&brokers, &scenario.topic("assignments"));
        read.iter().rposition(|r| r.value.is_none()).map(|at| read[at].clone()).ok_or_else(|| service.log())
    });
    assert_eq!(last.key.as_deref(), Some(b"x1".as_slice()));
    let change = read_committed(&brokers, &scenario.topic("changes")).pop().unwrap().json();
    assert_eq!((&change["removed"][0], &change["counts"]["articles"]), (&"x1".into(), &1.into()), "{change}");

    // The last one closes the story.
    sent.truncate(0);
    sent.push(Sent { key: Some(b"x2".to_vec()), value: None, ..Sent::default() });
    produce(&brokers, &scenario.topic("articles"), &sent);
    wait_for("the end of the story", Duration::from_secs(30), || {
        let change = read_committed(&brokers, &scenario.topic("changes")).pop().unwrap().json();
        if change["reason"] == "retracted" { Ok(()) } else { Err(change.to_string()) }
    });
    service.terminate();
}

#[test]
fn owed_changes_are_told_though_no_article_comes() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "ticks", [1, 1, 1], "[engine.emission]\ncoalesce = \"2s\"\n");
    let service = scenario.start("one", &[]);
    let text = "A crane fell into the basin of Merrow harbour on Monday, and the port was closed.";
    let article = |id: &str| Sent {
        value: Some(serde_json::json!({"id": id, "text": text, "lang": "en"}).to_string().into_bytes()),
        ..Sent::default()
    };
    produce(&brokers, &scenario.topic("articles"), &[article("t1"), article("t2")]);
    wait_for("the change that a tick brings about", Duration::from_secs(30), || {
        let changes = read_committed(&brokers, &scenario.topic("changes"));
        let told = changes.iter().any(|change| change.json()["added"] == serde_json::json!(["t2"]));
        if told { Ok(()) } else { Err(format!("{} changes\n{}", changes.len(), service.log())) }
    });
    assert!(service.metric("slugline_ticks_total", &[]) >= 1);
    service.terminate();
}

#[test]
fn topics_are_checked_and_missing_ones_stop_the_service_with_advice() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "topics", [2, 1, 1], "");
    let check = |settings: &[&str]| {
        let mut command = scenario.command(&["topics", "--check"]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    assert_eq!(check(&[]).0, Some(0));
    let (code, text) = check(&["topics.create.article_partitions=9", "topics.create.changes_retention=1d"]);
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("has 2 partitions, expected 9"), "{text}");
    assert!(text.contains("retention.ms is 2592000000, expected 86400000"), "{text}");

    let service = scenario.spawn("one", &["topics.lanes=nowhere.lanes"]);
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("slugline topics --create"), "{log}");
}

#[test]
fn every_topic_that_matches_a_pattern_is_read() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "several", [6, 1, 1], "");
    let inputs = [scenario.topic("in.agency"), scenario.topic("in.web")];
    let names = format!("topics.articles={}", inputs.join(","));
    let created = scenario.command(&["topics", "--create", "--set", &names]).output().unwrap();
    assert!(created.status.success());
    let service = scenario.start("one", &[&format!("topics.articles=^{}\\.in\\..*", scenario.name)]);
    produce(&brokers, &inputs[0], &articles(0..60));
    produce(&brokers, &inputs[1], &articles(60..120));
    wait_for_lane_log(&scenario, 120);
    assert_eq!(service.metric("slugline_assigned_partitions", &["intake"]), 12);
    service.terminate();
}

#[test]
fn a_pattern_that_matches_the_services_own_topics_is_refused() {
    let Some(brokers) = brokers() else { return };
    let scenario = Scenario::new(&brokers, "pattern", [1, 1, 1], "");
    let service = scenario.spawn("one", &[&format!("topics.articles=^{}.*", scenario.name)]);
    let (status, log) = service.ended();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("which the service writes: choose a narrower pattern"), "{log}");
}
