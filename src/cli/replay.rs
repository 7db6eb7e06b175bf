//! `slugline replay`: articles from JSON lines through the same wire and engine code, without Kafka.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use indexmap::IndexMap;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde::Serialize;

use super::args::ReplayArguments;
use crate::broker::Record;
use crate::broker::file::LineReader;
use crate::config::Config;
use crate::engine::Engine;
use crate::engine::analysis::{PreparedEvent, prepare};
use crate::engine::article::{Lane, LaneEvent};
use crate::engine::emission::{Effect, Placement};
use crate::intake::{Canonical, IntakeItem};
use crate::wire::{Reject, assignment, change};

/// How many lines are decoded and analysed at once.
const CHUNK: usize = 1024;

/// Input smaller than this needs no progress bar, in bytes.
const LONG_INPUT: u64 = 1_000_000;

pub(super) fn run(arguments: &ReplayArguments) -> anyhow::Result<ExitCode> {
    // Event time is the articles' own.
    let config = arguments.config.load(&["time.mode=backfill".to_owned()])?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build()?;
    let mut input =
        LineReader::open(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let mut outputs = Outputs::open(arguments)?;
    let progress = progress_bar(input.size());
    let start = Instant::now();

    let mut replay = Replay::new(&config);
    loop {
        let records = read_chunk(&mut input, config.intake.max_record_bytes)?;
        if records.is_empty() {
            break;
        }
        let lines: Vec<Line> =
            pool.install(|| records.into_par_iter().map(|record| analyse(record, &config)).collect());
        for line in lines {
            replay.take(line, &mut outputs)?;
        }
        progress.set_position(input.bytes_read());
    }
    replay.finish(&mut outputs)?;
    outputs.close()?;
    progress.finish_and_clear();
    writeln!(io::stdout(), "{}", replay.summary(start.elapsed()))?;
    Ok(ExitCode::SUCCESS)
}

fn read_chunk(input: &mut LineReader, most_bytes: usize) -> anyhow::Result<Vec<Record>> {
    let mut records = Vec::with_capacity(CHUNK);
    while records.len() < CHUNK {
        match input.next_record(most_bytes).context("cannot read on")? {
            Some(record) => records.push(record),
            None => break,
        }
    }
    Ok(records)
}

/// A line, analysed: everything that needs nothing of the lines before it.
enum Line {
    /// An event of one lane, or of every lane.
    Event { lane: Option<Lane>, event: PreparedEvent },
    /// Nothing that could be taken.
    Rejected { record: Box<Record>, reject: Reject },
}

fn analyse(record: Record, config: &Config) -> Line {
    match IntakeItem::read(record, &config.intake) {
        IntakeItem::Article { canonical, .. } => {
            let Canonical { article, lane, .. } = *canonical;
            Line::Event { lane: Some(lane), event: prepare(LaneEvent::Article(article), &config.engine) }
        }
        IntakeItem::Retraction { article, .. } => Line::Event { lane: None, event: PreparedEvent::Retraction(article) },
        IntakeItem::Rejected { record, reject } => Line::Rejected { record, reject },
    }
}

/// The files asked for.
struct Outputs {
    changes: Option<LineWriter>,
    dead_letters: Option<LineWriter>,
    assignments: Option<LineWriter>,
}

/// A file that lines are written to.
struct LineWriter {
    file: BufWriter<File>,
    /// For what is said when it cannot be written.
    name: String,
}

impl Outputs {
    fn open(arguments: &ReplayArguments) -> anyhow::Result<Self> {
        Ok(Self {
            changes: create(arguments.changes.as_deref())?,
            dead_letters: create(arguments.dead_letters.as_deref())?,
            assignments: create(arguments.assignments.as_deref())?,
        })
    }

    fn close(self) -> anyhow::Result<()> {
        for mut out in [self.changes, self.dead_letters, self.assignments].into_iter().flatten() {
            out.file.flush().with_context(|| format!("cannot write {}", out.name))?;
        }
        Ok(())
    }
}

fn create(path: Option<&Path>) -> anyhow::Result<Option<LineWriter>> {
    let Some(path) = path else { return Ok(None) };
    let name = path.display().to_string();
    let file = File::create(path).with_context(|| format!("cannot write {name}"))?;
    Ok(Some(LineWriter { file: BufWriter::new(file), name }))
}

fn write_line(out: &mut Option<LineWriter>, line: &[u8]) -> anyhow::Result<()> {
    if let Some(LineWriter { file, name }) = out {
        file.write_all(line).and_then(|()| file.write_all(b"\n")).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

/// A line that could not be taken, as written to the dead-letter file.
#[derive(Serialize)]
struct DeadLine<'a> {
    line: i64,
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    detail: &'a str,
    value: std::borrow::Cow<'a, str>,
}

/// The engines of all lanes, and what has come of them.
struct Replay<'c> {
    config: &'c Config,
    lanes: BTreeMap<Lane, (Engine, LaneCounts)>,
    /// The last assignment of each article that is in a story, in the order of the first.
    assignments: IndexMap<String, Vec<u8>>,
    dead_letters: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Default)]
struct LaneCounts {
    articles: usize,
    founded: usize,
    changes: usize,
    largest: usize,
}

impl<'c> Replay<'c> {
    fn new(config: &'c Config) -> Self {
        Self { config, lanes: BTreeMap::new(), assignments: IndexMap::new(), dead_letters: BTreeMap::new() }
    }

    fn take(&mut self, line: Line, outputs: &mut Outputs) -> anyhow::Result<()> {
        match line {
            Line::Event { lane: Some(lane), event } => self.apply(&lane, event, outputs),
            Line::Event { lane: None, event } => {
                let lanes: Vec<Lane> = self.lanes.keys().cloned().collect();
                lanes.iter().try_for_each(|lane| self.apply(lane, event.clone(), outputs))
            }
            Line::Rejected { record, reject } => {
                *self.dead_letters.entry(reject.reason.as_str()).or_default() += 1;
                let dead = DeadLine {
                    line: record.offset,
                    reason: reject.reason.as_str(),
                    field: reject.field,
                    detail: &reject.detail,
                    value: String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()),
                };
                write_line(&mut outputs.dead_letters, &serde_json::to_vec(&dead)?)
            }
        }
    }

    fn apply(&mut self, lane: &Lane, event: PreparedEvent, outputs: &mut Outputs) -> anyhow::Result<()> {
        let (engine, counts) = self
            .lanes
            .entry(lane.clone())
            .or_insert_with(|| (Engine::new(lane.clone(), self.config.engine.clone()), LaneCounts::default()));
        counts.articles += usize::from(matches!(event, PreparedEvent::Article(_)));
        for effect in engine.apply(event) {
            match effect {
                Effect::Assigned(assigned) => {
                    counts.founded += usize::from(assigned.placement == Placement::Founded);
                    self.assignments.insert(assigned.article.to_string(), assignment::encode(&assigned));
                }
                Effect::Unassigned(article) => {
                    self.assignments.shift_remove(article.as_str());
                }
                Effect::Changed(changed) => {
                    counts.changes += 1;
                    counts.largest = counts.largest.max(changed.story.articles);
                    write_line(&mut outputs.changes, &change::encode(&changed))?;
                }
                Effect::Forgotten(_) => {}
            }
        }
        Ok(())
    }

    /// Tells the changes that are still owed, and writes the assignments as they stand.
    fn finish(&mut self, outputs: &mut Outputs) -> anyhow::Result<()> {
        let lanes: Vec<Lane> = self.lanes.keys().cloned().collect();
        for lane in lanes {
            while let Some(at) = self.lanes.get(&lane).and_then(|(engine, _)| engine.next_telling()) {
                self.apply(&lane, PreparedEvent::Tick(at), outputs)?;
            }
        }
        for line in self.assignments.values() {
            write_line(&mut outputs.assignments, line)?;
        }
        Ok(())
    }

    fn summary(&self, elapsed: Duration) -> String {
        let mut table = Table::new();
        table.load_preset(NOTHING);
        table.set_header(["lane", "articles", "stories", "largest", "changes"]);
        let mut articles = 0;
        for (lane, (_, counts)) in &self.lanes {
            articles += counts.articles;
            let row = [counts.articles, counts.founded, counts.largest, counts.changes].map(|n| n.to_string());
            table.add_row([&[lane.to_string()], row.as_slice()].concat());
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut lines = vec![table.trim_fmt()];
        for (reason, count) in &self.dead_letters {
            lines.push(format!("dead letters, {reason}: {count}"));
        }
        let seconds = elapsed.as_secs_f64();
        lines.push(format!("{articles} articles in {seconds:.2} s: {:.0} a second", articles as f64 / seconds));
        lines.join("\n")
    }
}

/// A progress bar on standard error where it is a terminal and the input is long.
fn progress_bar(size: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() || size.is_some_and(|size| size < LONG_INPUT) {
        return ProgressBar::hidden();
    }
    let bar = match size {
        Some(size) => ProgressBar::new(size),
        None => ProgressBar::new_spinner(),
    };
    let style = ProgressStyle::with_template("{wide_bar} {bytes} of {total_bytes}, {eta} left");
    match style {
        Ok(style) if size.is_some() => bar.with_style(style),
        _ => bar,
    }
}
