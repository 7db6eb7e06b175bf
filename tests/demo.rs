//! The demo as a user runs it: the whole service on the in-process broker, its endpoints, a real Prometheus.

#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::print_stderr, reason = "a test says what it skips")]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use support::service::get;
use support::wait_for;

fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_slugline"));
    command.arg("demo").args(arguments).stdin(Stdio::null());
    command
}

#[test]
fn once_it_tells_every_article_and_ends_by_itself() {
    let output = demo(&["--once", "--speed", "60"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("192 articles in"), "{text}");
    assert!(text.trim_end().ends_with("0 dead letters"), "{text}");
    // The meeting in Moscow: eleven tellings by eleven outlets, the scraped page among them.
    let table: Vec<&str> = text.lines().skip_while(|line| !line.contains("last article")).collect();
    let moscow = table.iter().find(|line| line.contains("Moscow")).unwrap_or_else(|| panic!("{text}"));
    let counts: Vec<&str> = moscow.split_whitespace().take(3).collect();
    assert_eq!(counts, ["11", "11", "en"], "{moscow}");
    assert!(text.lines().any(|line| line.contains(" de ")) && text.lines().any(|line| line.contains(" fr ")));
}

/// A demo that stays up, and where its endpoints are.
struct Running {
    child: Child,
    address: String,
}

impl Running {
    fn start() -> Self {
        let mut child = demo(&["--speed", "60"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("the demo has ended").unwrap();
            if let Some(rest) = line.strip_prefix("health and metrics at http://") {
                break rest.split('/').next().unwrap().to_owned();
            }
        };
        // Keep reading, or the demo would wait for room in the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_endpoints_answer_while_it_runs_and_sigterm_ends_it() {
    let mut running = Running::start();
    let (live, _) = get(&running.address, "/livez").unwrap();
    assert!(live);
    wait_for("readiness", Duration::from_secs(30), || match get(&running.address, "/readyz")? {
        (true, _) => Ok(()),
        (false, body) => Err(body),
    });
    wait_for("stories", Duration::from_secs(30), || {
        let (_, text) = get(&running.address, "/metrics")?;
        if text.contains("slugline_live_stories{lane=\"en\"}") { Ok(()) } else { Err(text) }
    });
    let status = Command::new("kill").args(["-TERM", &running.child.id().to_string()]).status().unwrap();
    assert!(status.success());
    let status = wait_for("the end", Duration::from_secs(20), || {
        running.child.try_wait().unwrap().ok_or_else(|| "still there".to_owned())
    });
    assert!(status.success());
}

/// Debian's package `prometheus` has both programs.
fn prometheus_is_there() -> bool {
    let there = ["prometheus", "promtool"]
        .iter()
        .all(|program| Command::new(program).arg("--version").stderr(Stdio::null()).output().is_ok());
    let required = std::env::var("SLUGLINE_REQUIRE_PROMETHEUS").is_ok_and(|value| value == "1");
    assert!(there || !required, "prometheus and promtool are required");
    if !there {
        eprintln!("SKIPPED: no prometheus and promtool on the path");
    }
    there
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn a_real_prometheus_scrapes_it() {
    if !prometheus_is_there() {
        return;
    }
    let running = Running::start();
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("prometheus.yml");
    let target = &running.address;
    let text = format!(
        "global:\n  scrape_interval: 1s\nscrape_configs:\n  - job_name: slugline\n    \
        static_configs:\n      - targets: ['{target}']\n"
    );
    std::fs::write(&config, text).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let prometheus = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _prometheus = Killed(prometheus);
    for query in [
        "slugline_live_stories",
        "slugline_story_changes_total",
        "slugline_consumer_lag_records",
        "slugline_consumer_lag_seconds",
        "slugline_vocabulary_terms",
        "slugline_transactions_total",
        "slugline_rebalances_total",
        "slugline_dead_letters_total",
        "slugline_assignments_total",
        "slugline_step_duration_seconds_bucket",
        "slugline_build_info",
    ] {
        wait_for(query, Duration::from_secs(40), || {
            let (_, body) = get(&address, &format!("/api/v1/query?query={query}"))?;
            if body.contains("\"metric\":{\"__name__\"") { Ok(()) } else { Err(body) }
        });
    }
    // promtool lints names and help texts; it prints nothing about a sound exposition.
    let (_, metrics) = get(&running.address, "/metrics").unwrap();
    let file = directory.path().join("metrics");
    std::fs::write(&file, metrics).unwrap();
    let lint = Command::new("promtool").args(["check", "metrics"]).stdin(std::fs::File::open(file).unwrap()).output();
    let lint = lint.unwrap();
    let complaints = String::from_utf8_lossy(&lint.stderr).into_owned() + &String::from_utf8_lossy(&lint.stdout);
    assert!(lint.status.success() && complaints.trim().is_empty(), "{complaints}");
}
