//! What must hold of the repository itself: which room may name what, how files begin, where links lead.
//!
//! Clippy keeps clocks, hash order and files out of the engine; the imports of other crates and rooms it
//! cannot see are checked here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A source file: its path from the root of the repository, and its text.
struct Source {
    path: String,
    text: String,
}

/// The repository, or the copy of it that `tests/purity.sh` has put a fault into.
fn root() -> PathBuf {
    std::env::var_os("SLUGLINE_TIDY_ROOT").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The files that belong to the repository, by git; without it, nothing can be said.
fn tracked(endings: &[&str]) -> Vec<Source> {
    let root = &root();
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map(|output| String::from_utf8(output.stdout).unwrap())
        .unwrap_or_default();
    let paths: Vec<String> = match listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect() {
        paths if Vec::is_empty(&paths) => walk(root, root),
        paths => paths,
    };
    let wanted = paths.into_iter().filter(|path| endings.iter().any(|ending| path.ends_with(ending)));
    wanted.filter_map(|path| Some(Source { text: std::fs::read_to_string(root.join(&path)).ok()?, path })).collect()
}

/// Every file below a folder but for what is built: where the sources came without git.
fn walk(root: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != ".git" {
            found.extend(walk(root, &path));
        } else if path.is_file() {
            found.push(name);
        }
    }
    found
}

fn report(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

// === Rooms ===

/// What the files under a folder may not name.
struct Ban {
    room: &'static str,
    names: &'static [&'static str],
}

/// Crates and modules by which a pure room could reach the world.
const WORLD: &[&str] = &[
    "tokio",
    "rdkafka",
    "axum",
    "tracing",
    "prometheus",
    "anyhow",
    "rayon",
    "indicatif",
    "console",
    "rand::",
    "std::fs",
    "std::net",
    "std::io",
    "std::thread",
    "std::env",
    "std::process",
    "std::sync::Mutex",
    "std::sync::RwLock",
    "std::sync::OnceLock",
    "std::sync::LazyLock",
    "std::sync::atomic",
    "SystemTime",
    "Instant",
    "thread_local!",
    "println!",
    "eprintln!",
    "print!",
    "dbg!",
    "static mut",
];

/// Collections whose order is random; clippy refuses them too, where it sees them.
const RANDOM_ORDER: &[&str] = &["HashMap", "HashSet", "RandomState", "DefaultHasher"];

const BANS: &[Ban] = &[
    Ban { room: "src/engine/", names: RANDOM_ORDER },
    Ban { room: "src/engine/", names: WORLD },
    Ban { room: "src/wire/", names: WORLD },
    Ban {
        room: "src/engine/",
        names: &[
            "crate::wire",
            "crate::intake",
            "crate::lane",
            "crate::stage",
            "crate::serve",
            "crate::broker",
            "crate::config",
            "crate::cli",
            "crate::app",
            "crate::telemetry",
        ],
    },
    Ban {
        room: "src/wire/",
        names: &[
            "crate::intake",
            "crate::lane",
            "crate::stage",
            "crate::serve",
            "crate::config",
            "crate::cli",
            "crate::app",
            "crate::telemetry",
        ],
    },
    Ban { room: "src/stage/", names: &["crate::lane", "crate::intake", "crate::wire", "crate::config", "rdkafka"] },
];

/// Which files alone may name something.
const SOLE: &[(&str, &[&str])] = &[
    ("rdkafka", &["src/broker/kafka/", "src/broker/embedded.rs"]),
    ("prometheus::", &["src/telemetry/metrics.rs"]),
    ("axum", &["src/serve/http.rs"]),
    ("EngineParams {", &["src/config/check.rs", "src/engine/params.rs", "src/engine/lane_engine/tests"]),
];

/// The code of a file: without its comments.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let stripped = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    stripped.enumerate().map(|(at, line)| (at + 1, line))
}

/// Whether a line names something, not as a part of a longer word.
fn names(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|before| before.chars().next_back());
        let after = line.get(at + name.len()..).and_then(|after| after.chars().next());
        let part_of_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let open_end = name.ends_with(|c: char| c.is_alphanumeric());
        !(part_of_word(before) || open_end && part_of_word(after))
    })
}

fn banned(sources: &[Source]) -> Vec<String> {
    let mut complaints = Vec::new();
    for ban in BANS {
        for source in sources.iter().filter(|source| source.path.starts_with(ban.room)) {
            for (number, line) in code(&source.text) {
                for name in ban.names.iter().filter(|name| names(line, name)) {
                    complaints.push(format!("{}:{number}: {name} has no place in {}", source.path, ban.room));
                }
            }
        }
    }
    for (name, places) in SOLE {
        for source in sources.iter().filter(|source| source.path.starts_with("src/")) {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            for (number, _) in code(&source.text).filter(|(_, line)| names(line, name)) {
                complaints.push(format!("{}:{number}: {name} belongs to {places:?} alone", source.path));
            }
        }
    }
    complaints
}

#[test]
fn every_room_names_only_what_it_may() {
    let sources = tracked(&[".rs"]);
    assert!(sources.iter().filter(|source| source.path.starts_with("src/engine/")).count() > 20);
    report(banned(&sources));
}

#[test]
fn the_rooms_are_really_guarded() {
    let complaints = |path: &str, text: &str| banned(&[Source { path: path.to_owned(), text: text.to_owned() }]).len();
    for line in [
        "use tokio::sync::Notify;",
        "let now = std::time::Instant::now();",
        "use std::time::{Duration, SystemTime};",
        "tracing::info!(\"x\");",
        "println!(\"x\");",
        "std::fs::read(path)",
        "use crate::wire::change;",
        "prometheus::Counter::new()",
        "std::thread::spawn(|| ())",
        "static X: std::sync::Mutex<u8> = todo;",
        "for (k, v) in std::collections::HashMap::from([(1, 2)]) {}",
        "use std::collections::{BTreeMap, HashSet};",
        "let home = std::env::var(\"HOME\");",
        "use std::io::Write;",
        "let socket = std::net::TcpStream::connect(address);",
        "eprintln!(\"x\");",
        "dbg!(x);",
        "let x: u8 = rand::random();",
        "thread_local!(static X: u8 = 0);",
        "use rdkafka::message::Message;",
    ] {
        assert!(complaints("src/engine/x.rs", line) >= 1, "{line}");
    }
    for room in ["wire", "intake", "lane", "stage", "serve", "broker", "config", "cli", "app", "telemetry"] {
        let line = format!("use crate::{room}::X;");
        assert_eq!(complaints("src/engine/x.rs", &line), 1, "{room}");
        let open_to_wire = matches!(room, "wire" | "broker");
        assert_eq!(complaints("src/wire/x.rs", &line), usize::from(!open_to_wire), "{room}");
    }
    assert_eq!(complaints("src/engine/x.rs", "use std::time::Duration; // not an Instant\nlet instantly = 1;"), 0);
    assert_eq!(complaints("src/stage/run.rs", "use crate::lane::LaneProcessor;"), 1);
    assert_eq!(complaints("src/cli/run.rs", "let params = EngineParams { x };"), 1);
    assert_eq!(complaints("src/broker/kafka/sink.rs", "use rdkafka::producer::BaseProducer;"), 0);
}

#[test]
fn clippy_is_bound_to_keep_the_engine_pure() {
    let root = root();
    let engine = std::fs::read_to_string(root.join("src/engine/mod.rs")).unwrap();
    assert!(engine.contains("#![deny(clippy::disallowed_types, clippy::disallowed_methods"), "{engine}");
    let bans = std::fs::read_to_string(root.join("clippy.toml")).unwrap();
    for banned in ["HashMap", "HashSet", "RandomState", "SystemTime", "Instant", "fs::read_to_string", "env::var"] {
        assert!(bans.contains(banned), "clippy.toml does not ban {banned}");
    }
}

// === Files ===

/// The longest source file; beyond it stands more than one concept.
const LONGEST: usize = 500;

fn untidy(source: &Source) -> Vec<String> {
    let Source { path, text } = source;
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(format!("{path}: {what}"));
    if path.starts_with("src/") && !text.starts_with("//!") {
        complain("does not say first what it is (`//!`)".to_owned());
    }
    if text.lines().count() > LONGEST {
        complain(format!("has more than {LONGEST} lines"));
    }
    let unfinished = ["#[ignore", "todo!(", "unimplemented!(", "dbg!(", "FIXME", "XXX"];
    if path != "tests/tidy.rs" {
        for mark in unfinished.iter().filter(|mark| text.contains(*mark)) {
            complain(format!("has {mark}"));
        }
    }
    for (number, line) in text.lines().enumerate().filter(|(_, line)| line.ends_with([' ', '\t'])) {
        complain(format!("line {} ends with white space: {line:?}", number + 1));
    }
    complaints
}

#[test]
fn source_files_are_tidy() {
    let sources = tracked(&[".rs"]);
    report(sources.iter().flat_map(untidy).collect());
}

#[test]
fn untidy_files_are_found() {
    let complaints = |text: String| untidy(&Source { path: "src/x.rs".to_owned(), text }).len();
    assert_eq!(complaints("//! X.\nfn x() {}\n".to_owned()), 0);
    assert_eq!(complaints("fn x() {}\n".to_owned()), 1);
    assert_eq!(complaints("//! X. \n".to_owned()), 1);
    assert_eq!(complaints(format!("//! X.\n{}", "\n".repeat(LONGEST))), 1);
    assert_eq!(complaints("//! X.\nfn x() { todo!() }\n".to_owned()), 1);
}

/// Lines of a text file that end with white space.
fn trailing_white_space(source: &Source) -> Vec<String> {
    let lines = source.text.split('\n').enumerate().filter(|(_, line)| line.ends_with([' ', '\t']));
    lines.map(|(number, _)| format!("{}:{}: ends with white space", source.path, number + 1)).collect()
}

#[test]
fn no_line_ends_with_white_space() {
    let texts = tracked(&[".md", ".toml", ".json", ".sh", ".py", ".xml", ".yml", "Makefile", ".ci/run"]);
    // The examples of input are as bad as input is.
    let written = texts.iter().filter(|source| !source.path.starts_with("schemas/examples/"));
    report(written.flat_map(trailing_white_space).collect());
    let bad = Source { path: "x.md".to_owned(), text: "a\nb \n\tc\t\n".to_owned() };
    assert_eq!(trailing_white_space(&bad), ["x.md:2: ends with white space", "x.md:3: ends with white space"]);
}

#[test]
fn nothing_names_a_place_on_one_machine() {
    let texts = tracked(&[".rs", ".md", ".toml", ".sh", ".json", ".py", ".xml", "Makefile", ".ci/run"]);
    let homes = ["root", "home", "Users"].map(|folder| format!("/{folder}/"));
    let named = texts.iter().filter(|source| source.path != "tests/tidy.rs");
    report(
        named
            .filter_map(|source| {
                let home = homes.iter().find(|home| source.text.contains(home.as_str()))?;
                Some(format!("{}: names {home}", source.path))
            })
            .collect(),
    );
}

// === Links ===

/// The relative targets of Markdown links, without their anchors.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let relative = targets.filter(|target| !target.contains("://") && !target.starts_with(['#', '<']));
    relative.map(|target| target.split('#').next().unwrap_or_default()).filter(|target| !target.is_empty()).collect()
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = root();
    let mut complaints = Vec::new();
    for document in tracked(&[".md"]) {
        let folder = root.join(&document.path).parent().unwrap().to_owned();
        for target in links(&document.text) {
            if !folder.join(target).exists() {
                complaints.push(format!("{}: there is no {target}", document.path));
            }
        }
    }
    report(complaints);
}

#[test]
fn links_are_found() {
    assert_eq!(links("[a](b.md) [c](https://d.example) [e](#f) [g](h/i.md#j)"), ["b.md", "h/i.md"]);
}
