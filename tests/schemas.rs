//! The schemas, the examples and the code say the same.
//!
//! Every example is a test vector of a decoder, and everything the service writes is held against its schema,
//! in which no field and no value may stand that is never written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

use slugline::broker::{Header, Record};
use slugline::config::{self, Config};
use slugline::engine::Engine;
use slugline::engine::analysis::prepare;
use slugline::engine::article::{ArticleId, Lane, LaneEvent};
use slugline::engine::emission::Effect;
use slugline::engine::time::EventTime;
use slugline::intake::IntakeItem;
use slugline::intake::dating::TimeMode;
use slugline::wire::{RejectReason, article, assignment, change, dead_letter, lane_record, parse_time, story};

// === Schemas ===

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas")
}

/// Every schema by its name, such as `article.v1`.
fn schemas() -> BTreeMap<String, Value> {
    let ending = ".schema.json";
    let mut schemas = BTreeMap::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().unwrap().to_str().unwrap().strip_suffix(ending).map(str::to_owned) else {
            continue;
        };
        let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).expect("a schema is JSON");
        assert_eq!(schema["$id"], json!(format!("https://slugline.example/schemas/{name}{ending}")));
        schemas.insert(name, schema);
    }
    assert_eq!(schemas.len(), 8, "a new schema wants its tests here");
    schemas
}

/// A validator for every schema, which knows the others and asks no one else.
fn validators() -> BTreeMap<String, Validator> {
    let schemas = schemas();
    let mut registry = Registry::new();
    for schema in schemas.values() {
        registry = registry.add(schema["$id"].as_str().unwrap(), schema.clone()).unwrap();
    }
    let registry = registry.prepare().unwrap();
    let build = |schema: &Value| {
        let options = jsonschema::options().with_draft(Draft::Draft202012).with_registry(&registry);
        options.should_validate_formats(true).build(schema).unwrap()
    };
    schemas.iter().map(|(name, schema)| (name.clone(), build(schema))).collect()
}

fn faults(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    for (name, schema) in schemas() {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        if let Err(fault) = jsonschema::draft202012::meta::validate(&schema) {
            panic!("{name}: {fault}");
        }
    }
    validators();
}

// === Examples ===

/// An example: the schema it belongs to, its name, and its bytes.
struct Example {
    schema: String,
    name: String,
    bytes: Vec<u8>,
}

/// The examples of one kind, `valid` or `invalid`.
fn examples(kind: &str) -> Vec<Example> {
    let mut examples = Vec::new();
    for schema in schemas().into_keys() {
        let folder = folder().join("examples").join(&schema).join(kind);
        let before = examples.len();
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            examples.push(Example { schema: schema.clone(), name, bytes: fs::read(&path).unwrap() });
        }
        assert!(examples.len() > before, "{schema} has no {kind} example");
    }
    examples
}

/// Invalid examples that a validator accepts: what JSON Schema, or a JSON parser before it, cannot see.
const SEEN_BY_THE_DECODER_ALONE: [&str; 3] =
    ["invalid_field--id_twice", "invalid_field--id_zero_fraction", "invalid_id--1026_bytes_in_342_characters"];

/// Reasons of articles that are no JSON, so that there is nothing to validate.
const NO_JSON: [&str; 2] = ["invalid_utf8", "not_json"];

#[test]
fn valid_examples_fit_their_schemas_and_invalid_ones_do_not() {
    let validators = validators();
    for example in examples("valid") {
        let value: Value = serde_json::from_slice(&example.bytes).unwrap();
        let faults = faults(&validators[&example.schema], &value);
        assert!(faults.is_empty(), "{}/{}: {faults:?}", example.schema, example.name);
    }
    let mut passed = BTreeSet::new();
    for example in examples("invalid") {
        let Ok(value) = serde_json::from_slice(&example.bytes) else {
            assert!(NO_JSON.contains(&reason(&example.name)), "{}/{} is no JSON", example.schema, example.name);
            continue;
        };
        if validators[&example.schema].is_valid(&value) {
            assert_eq!(example.schema, "article.v1", "{} is valid", example.name);
            passed.insert(example.name);
        }
    }
    assert_eq!(passed.iter().map(String::as_str).collect::<Vec<_>>(), SEEN_BY_THE_DECODER_ALONE);
}

/// What stands before `--` in the name of an invalid article.
fn reason(example: &str) -> &str {
    example.split_once("--").map_or("", |(reason, _)| reason)
}

#[test]
fn the_article_decoder_agrees_with_every_example() {
    for example in examples("valid").iter().filter(|example| example.schema == "article.v1") {
        if let Err(reject) = article::decode(&example.bytes) {
            panic!("{}: {reject}", example.name);
        }
    }
    let mut reasons = BTreeSet::new();
    for example in examples("invalid").iter().filter(|example| example.schema == "article.v1") {
        let reject = article::decode(&example.bytes).expect_err(&example.name);
        assert_eq!(reject.reason.as_str(), reason(&example.name), "{}: {reject}", example.name);
        reasons.insert(reject.reason);
    }
    // The others are found before the decoder or after it.
    let decoders = [RejectReason::TooLarge, RejectReason::InvalidKey, RejectReason::InvalidLaneRecord];
    let expected = RejectReason::ALL.into_iter().filter(|reason| !decoders.contains(reason));
    assert_eq!(reasons, expected.collect(), "a reason without an example");
}

#[test]
fn the_lane_decoder_agrees_with_every_example() {
    let ce_type = |schema: &str| schema.starts_with("lane.").then(|| format!("slugline.{schema}"));
    for example in examples("valid") {
        let Some(ce_type) = ce_type(&example.schema) else { continue };
        let event = lane_record::decode(&ce_type, &example.bytes);
        let event = event.unwrap_or_else(|error| panic!("{}: {error}", example.name));
        assert_eq!(lane_record::type_of(&event), ce_type);
        let again: Value = serde_json::from_slice(&lane_record::encode(&event)).unwrap();
        assert_eq!(again, serde_json::from_slice::<Value>(&example.bytes).unwrap(), "{}", example.name);
    }
    for example in examples("invalid") {
        let Some(ce_type) = ce_type(&example.schema) else { continue };
        assert!(lane_record::decode(&ce_type, &example.bytes).is_err(), "{}/{}", example.schema, example.name);
    }
}

// === Drift ===

/// Which fields and values of the schemas have been seen, each named by its place in its schema.
struct Coverage {
    schemas: BTreeMap<String, Value>,
    declared: BTreeSet<String>,
    seen: BTreeSet<String>,
}

impl Coverage {
    /// Everything that the schemas named declare.
    fn of(names: &[&str]) -> Self {
        let mut coverage = Self { schemas: schemas(), declared: BTreeSet::new(), seen: BTreeSet::new() };
        for name in names {
            coverage.walk(name, "", None);
        }
        assert!(coverage.declared.len() > 30, "{:?}", coverage.declared);
        coverage
    }

    /// Notes what stands in a value of a schema.
    fn see(&mut self, name: &str, value: &Value) {
        self.walk(name, "", Some(value));
    }

    fn unseen(&self) -> Vec<&String> {
        self.declared.difference(&self.seen).collect()
    }

    /// Visits the schema at `pointer`: with a value what of it is there, without one all of it.
    fn walk(&mut self, name: &str, pointer: &str, value: Option<&Value>) {
        let schema = self.schemas[name].pointer(pointer).unwrap_or_else(|| panic!("{name}#{pointer}")).clone();
        if let Some(reference) = schema["$ref"].as_str() {
            let (file, pointer) = reference.split_once('#').unwrap();
            let file = file.strip_suffix(".schema.json").filter(|file| !file.is_empty()).unwrap_or(name);
            self.walk(file, pointer, value);
        }
        for allowed in schema["enum"].as_array().into_iter().flatten() {
            self.note(format!("{name}#{pointer} = {allowed}"), value.map(|value| value == allowed));
        }
        for field in schema["properties"].as_object().into_iter().flat_map(Map::keys) {
            let pointer = format!("{pointer}/properties/{field}");
            let inner = value.map(|value| value.get(field));
            self.note(format!("{name}#{pointer}"), inner.map(|inner| inner.is_some()));
            if inner != Some(None) {
                self.walk(name, &pointer, inner.flatten());
            }
        }
        if schema.get("items").is_some() {
            let pointer = format!("{pointer}/items");
            match value {
                None => self.walk(name, &pointer, None),
                Some(items) => items.as_array().unwrap().iter().for_each(|item| self.walk(name, &pointer, Some(item))),
            }
        }
    }

    /// Notes something as declared, or as seen where it was.
    fn note(&mut self, what: String, there: Option<bool>) {
        match there {
            None => self.declared.insert(what),
            Some(true) => self.seen.insert(what),
            Some(false) => false,
        };
    }
}

/// An engine, every event it takes and every effect it gives held against the schemas.
struct Witness {
    config: Config,
    engine: Engine,
    validators: BTreeMap<String, Validator>,
    coverage: Coverage,
}

impl Witness {
    fn new(coverage: Coverage, settings: &[&str]) -> Self {
        let mut flags: Vec<String> = settings.iter().map(|&flag| flag.to_owned()).collect();
        flags.push("time.mode=backfill".to_owned());
        let config = config::load(None, std::iter::empty(), &flags).unwrap();
        let engine = Engine::new(Lane::new("en").unwrap(), config.engine.clone());
        Self { config, engine, validators: validators(), coverage }
    }

    /// Takes the articles of the sample that are in English.
    fn sample(&mut self) {
        let text = fs::read(folder().join("samples/news_days.jsonl")).unwrap();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            self.check("article.v1", line);
            match IntakeItem::read(record(line), &self.config.intake) {
                IntakeItem::Article { canonical, .. } if canonical.lane.as_str() == "en" => {
                    self.apply(LaneEvent::Article(canonical.article));
                }
                IntakeItem::Article { .. } => {}
                other => panic!("the sample is sound: {other:?}"),
            }
        }
    }

    /// Takes an article as a running stream brings it: its record's timestamp bears its date out.
    fn article(&mut self, article: &Value) {
        let mut rules = self.config.intake.clone();
        rules.dating.mode = TimeMode::Live;
        let mut record = record(article.to_string().as_bytes());
        record.timestamp = article["published"].as_str().and_then(parse_time);
        match IntakeItem::read(record, &rules) {
            IntakeItem::Article { canonical, .. } => self.apply(LaneEvent::Article(canonical.article)),
            other => panic!("{other:?}"),
        }
    }

    fn tick(&mut self, at: &str) {
        self.apply(LaneEvent::Tick { at: parse_time(at).unwrap() });
    }

    fn retract(&mut self, id: &str) {
        self.apply(LaneEvent::Retraction { id: ArticleId::new(id).unwrap() });
    }

    fn apply(&mut self, event: LaneEvent) {
        let kind = lane_record::type_of(&event);
        let encoded = lane_record::encode(&event);
        assert_eq!(lane_record::decode(kind, &encoded), Ok(event.clone()));
        self.check(kind.strip_prefix("slugline.").unwrap(), &encoded);
        for effect in self.engine.apply(prepare(event, &self.config.engine)) {
            match effect {
                Effect::Assigned(assigned) => self.check("assignment.v1", &assignment::encode(&assigned)),
                Effect::Changed(changed) => {
                    self.check("change.v1", &change::encode(&changed));
                    self.check("story.v1", &story::encode(&changed.story));
                }
                Effect::Unassigned(_) | Effect::Forgotten(_) => {}
            }
        }
    }

    fn check(&mut self, schema: &str, bytes: &[u8]) {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        let faults = faults(&self.validators[schema], &value);
        assert!(faults.is_empty(), "{schema}: {faults:?}\n{value:#}");
        self.coverage.see(schema, &value);
    }
}

fn record(value: &[u8]) -> Record {
    Record {
        topic: "news".into(),
        partition: 3,
        offset: 7,
        timestamp: None,
        key: None,
        value: Some(value.to_vec()),
        headers: Vec::new(),
    }
}

/// Two tellings of one event that is not in the sample.
fn lighthouse(id: &str, published: &str) -> Value {
    json!({
        "id": id,
        "title": "Skerry lighthouse lamp fails in the storm",
        "text": "The lamp of the Skerry lighthouse failed during the storm, keeper Ola Nystrand said. Ships kept away.",
        "published": published,
        "lang": "en",
    })
}

#[test]
fn what_is_written_fits_its_schema_and_no_schema_tells_of_more() {
    let lane = ["lane.article.v1", "lane.retraction.v1", "lane.tick.v1"];
    let coverage = Coverage::of(&[&lane[..], &["change.v1", "story.v1", "assignment.v1"]].concat());
    let mut witness = Witness::new(coverage, &[]);
    witness.sample();
    // Founded, joined, revised, dormant, woken, closed; and withdrawn to the last.
    witness.tick("2023-11-01T00:00:00Z");
    witness.article(&lighthouse("light-1", "2023-11-01T01:00:00Z"));
    witness.article(&lighthouse("light-2", "2023-11-01T02:00:00Z"));
    witness.tick("2023-11-05T00:00:00Z");
    witness.article(&lighthouse("light-3", "2023-11-05T01:00:00Z"));
    witness.article(&json!({"id": "light-3", "title": "Skerry lighthouse: lamp repaired", "lang": "en"}));
    for id in ["light-1", "light-2", "light-3"] {
        witness.retract(id);
    }
    witness.article(&lighthouse("light-4", "2023-11-06T01:00:00Z"));
    witness.tick("2024-06-01T00:00:00Z");
    assert_eq!(witness.engine.stats().live_stories, 0);

    let mut crowded = Witness::new(witness.coverage, &["engine.clustering.max_stories=5"]);
    crowded.sample();
    assert!(crowded.engine.stats().evicted_stories > 10);
    let unseen = crowded.coverage.unseen();
    assert!(unseen.is_empty(), "declared and never written: {unseen:#?}");
}

#[test]
fn drift_is_noticed_in_either_direction() {
    // A field and a value that no code writes.
    let mut coverage = Coverage::of(&["change.v1", "story.v1", "assignment.v1"]);
    let placements = &mut coverage.schemas.get_mut("assignment.v1").unwrap()["properties"]["placement"]["enum"];
    placements.as_array_mut().unwrap().push(json!("moved"));
    let story = &mut coverage.schemas.get_mut("story.v1").unwrap()["$defs"]["story"];
    story["properties"]["mood"] = json!({"type": "string"});
    coverage.walk("assignment.v1", "", None);
    coverage.walk("story.v1", "", None);
    let missing: Vec<&str> = coverage.unseen().into_iter().map(String::as_str).collect();
    assert!(missing.contains(&"assignment.v1#/properties/placement = \"moved\""), "{missing:#?}");
    assert!(missing.contains(&"story.v1#/$defs/story/properties/mood"), "{missing:#?}");

    // A field that no schema tells of, wherever it stands.
    let validators = validators();
    for (schema, example, place) in [
        ("change.v1", "created", ""),
        ("change.v1", "created", "/counts"),
        ("story.v1", "active", "/label"),
        ("story.v1", "active", "/members/0"),
        ("assignment.v1", "joined", "/score"),
        ("lane.article.v1", "all_fields", ""),
    ] {
        let path = folder().join(format!("examples/{schema}/valid/{example}.json"));
        let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        assert!(validators[schema].is_valid(&value));
        value.pointer_mut(place).unwrap()["mood"] = json!("calm");
        assert!(!validators[schema].is_valid(&value), "{schema} takes {place}/mood");
    }
}

// === Dead letters ===

/// The headers of a dead letter as the schema sees them.
fn headers(headers: &[Header]) -> Value {
    headers.iter().map(|header| (header.key.clone(), json!(header.as_text().unwrap()))).collect::<Map<_, _>>().into()
}

#[test]
fn dead_letters_fit_their_schema_and_no_reason_is_left_out() {
    let validator = &validators()["dead_letter.v1"];
    let mut coverage = Coverage { schemas: schemas(), declared: BTreeSet::new(), seen: BTreeSet::new() };
    coverage.walk("dead_letter.v1", "", None);
    let rules = config::load(None, std::iter::empty(), &["intake.max_record_bytes=1000".to_owned()]).unwrap().intake;
    let topic: Arc<str> = "news.dlq".into();
    let mut see = |record: Record, reject: &slugline::wire::Reject| {
        let letter = dead_letter::dead_letter(&topic, record.clone(), reject, 1000);
        let value = headers(&letter.headers);
        let faults = faults(validator, &value);
        assert!(faults.is_empty(), "{faults:?}\n{value:#}");
        assert_eq!(value["x-error-reason"], reject.reason.as_str());
        assert_eq!((letter.key, &letter.topic), (record.key, &topic));
        assert!(letter.value == record.value || value.get("x-error-value-bytes").is_some());
        coverage.see("dead_letter.v1", &value);
    };

    let mut records: Vec<Record> = examples("invalid")
        .into_iter()
        .filter(|example| example.schema == "article.v1")
        .map(|example| Record { headers: vec![Header::text("trace", "abc")], ..record(&example.bytes) })
        .collect();
    records.push(Record { timestamp: Some(EventTime::from_millis(1_698_307_200_123)), ..record(&[b'x'; 2000]) });
    records.push(Record { key: Some(b"a\x07".to_vec()), value: None, ..record(b"") });
    for record in records {
        match IntakeItem::read(record, &rules) {
            IntakeItem::Rejected { record, reject } => see(*record, &reject),
            other => panic!("{other:?}"),
        }
    }
    // The one reason that is the lanes' own.
    let foreign = lane_record::decode("com.example.other", b"{}").unwrap_err().to_string();
    see(record(b"{}"), &slugline::wire::Reject::record(RejectReason::InvalidLaneRecord, foreign));
    let unseen = coverage.unseen();
    assert!(unseen.is_empty(), "declared and never written: {unseen:#?}");
}

#[test]
fn the_dead_letter_schema_names_the_headers_and_the_reasons_of_the_code() {
    let schema = &schemas()["dead_letter.v1"];
    let reasons: Vec<&str> = RejectReason::ALL.into_iter().map(RejectReason::as_str).collect();
    assert_eq!(schema["properties"]["x-error-reason"]["enum"], json!(reasons));
    let declared: BTreeSet<&str> = schema["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(declared, BTreeSet::from(dead_letter::HEADERS));
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    for name in reasons.into_iter().chain(dead_letter::HEADERS).chain(SEEN_BY_THE_DECODER_ALONE) {
        assert!(readme.contains(&format!("`{name}`")), "schemas/README.md does not tell of {name}");
    }
}
