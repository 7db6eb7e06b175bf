//! Replay equals live: the same articles from a file and through Kafka end in the same stories.
//!
//! The stream is the project's sample, or the file that `SLUGLINE_STREAM` names (`make parity STREAM=…`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::support::kafka::{Read, Sent, brokers, produce, read_committed, read_with_kafka_tools};
use crate::support::score::b_cubed_f1;
use crate::support::service::Scenario;
use crate::support::{SAMPLE, repository, wait_for};

/// A labelled stream.
struct Stream {
    path: PathBuf,
    lines: Vec<String>,
    gold: BTreeMap<String, String>,
}

impl Stream {
    fn load() -> Self {
        let path = std::env::var("SLUGLINE_STREAM").map_or_else(|_| repository(SAMPLE), PathBuf::from);
        let lines: Vec<String> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
        let gold = lines.iter().map(|line| pair(line)).collect();
        Self { path, lines, gold }
    }

    /// The stream as records; `timestamps` from the articles or today's.
    fn records(&self, partitions: i32, timestamps: Timestamps) -> Vec<Sent> {
        let record = |(number, line): (usize, &String)| {
            let article: serde_json::Value = serde_json::from_str(line).unwrap();
            let published = article["published"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            // A random key by the article's number: multiplied by an odd constant and folded.
            let key = (number as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            Sent {
                partition: Some(i32::try_from(key % u64::try_from(partitions).unwrap()).unwrap()),
                key: Some(key.to_string().into_bytes()),
                value: Some(line.clone().into_bytes()),
                timestamp: match timestamps {
                    Timestamps::Published => published.map(|time| time.as_millisecond()),
                    Timestamps::Now => None,
                },
            }
        };
        self.lines.iter().enumerate().map(record).collect()
    }
}

#[derive(Clone, Copy)]
enum Timestamps {
    Published,
    Now,
}

fn pair(line: &str) -> (String, String) {
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    let text = |key: &str| value[key].as_str().unwrap().to_owned();
    (text("id"), text("story"))
}

/// The assignments of a replay of the stream's file, by article.
fn replayed(stream: &Stream, scenario: &Scenario) -> BTreeMap<String, String> {
    let out = scenario.directory.path().join("replayed.jsonl");
    let mut command = scenario.command(&["replay"]);
    let done = command.arg(&stream.path).arg("--assignments").arg(&out).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    by_article(std::fs::read_to_string(&out).unwrap().lines().map(str::to_owned))
}

/// Assignment lines by their article, the last of each.
fn by_article(lines: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    lines.map(|line| (pair(&line).0, line)).collect()
}

fn stories(assignments: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    assignments.values().map(|line| pair(line)).collect()
}

/// Waits until every article of the stream has an assignment.
fn wait_for_all(stream: &Stream, scenario: &Scenario) {
    let topic = scenario.topic("assignments");
    wait_for("every article's assignment", Duration::from_secs(120), || {
        let read = read_committed(&scenario.brokers, &topic).len();
        if read >= stream.lines.len() { Ok(()) } else { Err(format!("{read} so far")) }
    });
}

/// The assignments that the service published, read by Apache Kafka's own console consumer.
fn published(stream: &Stream, scenario: &Scenario) -> BTreeMap<String, String> {
    let lines = read_with_kafka_tools(&scenario.brokers, &scenario.topic("assignments"), stream.lines.len());
    by_article(lines.into_iter())
}

#[test]
fn parity_of_one_partition_with_timestamps_as_published() {
    let Some(brokers) = brokers() else { return };
    let stream = Stream::load();
    let scenario = Scenario::new(&brokers, "published", [1, 1, 1], "");
    produce(&brokers, &scenario.topic("articles"), &stream.records(1, Timestamps::Published));
    let service = scenario.start("one", &[]);
    wait_for_all(&stream, &scenario);
    let (live, file) = (published(&stream, &scenario), replayed(&stream, &scenario));
    assert_eq!(live, file, "every assignment is that of the replay, to the byte");
    println!("one partition, timestamps as published: {} assignments, all those of the replay", live.len());
    let (status, log) = service.terminate();
    assert!(status.success(), "{log}");
}

#[test]
fn parity_of_a_backfill_with_timestamps_of_today() {
    let Some(brokers) = brokers() else { return };
    let stream = Stream::load();
    let scenario = Scenario::new(&brokers, "backfill", [1, 1, 1], "[time]\nmode = \"backfill\"\n");
    produce(&brokers, &scenario.topic("articles"), &stream.records(1, Timestamps::Now));
    let service = scenario.start("one", &[]);
    wait_for_all(&stream, &scenario);
    let (live, file) = (published(&stream, &scenario), replayed(&stream, &scenario));
    assert_eq!(live, file, "every assignment is that of the replay, to the byte");
    println!("a backfill with timestamps of today: {} assignments, all those of the replay", live.len());
    service.terminate();
}

#[test]
fn parity_of_six_partitions_and_of_a_second_run_over_the_lane_log() {
    let Some(brokers) = brokers() else { return };
    let stream = Stream::load();
    let scenario = Scenario::new(&brokers, "six", [6, 1, 1], "[time]\nmode = \"backfill\"\n");
    produce(&brokers, &scenario.topic("articles"), &stream.records(6, Timestamps::Now));
    let service = scenario.start("one", &[]);
    wait_for_all(&stream, &scenario);
    let (live, file) = (published(&stream, &scenario), replayed(&stream, &scenario));
    let score = b_cubed_f1(&stream.gold, &stories(&live));
    let replay = b_cubed_f1(&stream.gold, &stories(&file));
    println!("six partitions: B-cubed F1 {score:.4}, the replay {replay:.4}");
    assert!((score - replay).abs() <= 0.01, "six partitions score {score}, the replay {replay}");

    // What is owed is told once ticks have carried event time on; then the first run is at rest.
    let changes = settled_changes(&scenario, &scenario.topic("changes"));
    service.terminate();

    // The same lane log once more, by another group into other topics.
    let again = Scenario::new(&brokers, "again", [1, 1, 1], "[time]\nmode = \"backfill\"\n");
    let lanes = format!("topics.lanes={}", scenario.topic("lanes"));
    let second = again.start("two", &["run.roles=lane", &lanes]);
    wait_for("the same number of changes", Duration::from_secs(120), || {
        let read = read_committed(&brokers, &again.topic("changes")).len();
        if read >= changes.len() { Ok(()) } else { Err(format!("{read} of {}", changes.len())) }
    });
    let changes_again = settled_changes(&again, &again.topic("changes"));
    assert_eq!(changes.len(), changes_again.len());
    assert!(changes == changes_again, "keys, values and headers are the same, to the byte and in order");
    println!("a second run over the lane log: {} changes, byte for byte the same", changes.len());
    second.terminate();
}

/// The changes once none has come for longer than the coalescing time.
fn settled_changes(scenario: &Scenario, topic: &str) -> Vec<Read> {
    let mut before = read_committed(&scenario.brokers, topic);
    wait_for("the changes to settle", Duration::from_secs(60), || {
        std::thread::sleep(Duration::from_secs(12));
        let now = read_committed(&scenario.brokers, topic);
        let settled = now.len() == before.len();
        before = now;
        if settled { Ok(()) } else { Err(format!("{} so far", before.len())) }
    });
    before
}
