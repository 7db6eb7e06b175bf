//! `slugline demo`: the whole service on an in-process broker, fed with days of sample news.

mod board;

mod sample;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use serde::Deserialize;
use tracing::level_filters::LevelFilter;

use super::args::DemoArguments;
use super::run::{runtime, stop_on_signals};
use crate::app::{self, Shared};
use crate::broker::embedded::{EmbeddedBroker, Feeder, Listener};
use crate::config::{self, Config};
use crate::serve::http;
use crate::stage::Shutdown;
use crate::telemetry::logging;
use board::Board;
use sample::SampleArticle;

const ARTICLE_PARTITIONS: i32 = 3;
const LANE_PARTITIONS: i32 = 2;
const OUTPUT_PARTITIONS: i32 = 1;

pub(super) fn run(arguments: &DemoArguments) -> anyhow::Result<ExitCode> {
    ensure!(arguments.speed > 0.0 && arguments.speed.is_finite(), "--speed: expected a number above 0");
    let articles = sample::load(arguments.articles.as_deref())?;
    logging::start(LevelFilter::WARN)?;

    let names = config::load(None, std::iter::empty(), &[])?.topics;
    let input = names.articles.first().cloned().context("there is no input topic")?;
    let broker = EmbeddedBroker::start(&[
        (&input, ARTICLE_PARTITIONS),
        (&names.lanes, LANE_PARTITIONS),
        (&names.changes, OUTPUT_PARTITIONS),
        (&names.latest, OUTPUT_PARTITIONS),
        (&names.assignments, OUTPUT_PARTITIONS),
        (&names.dead_letters, OUTPUT_PARTITIONS),
    ])?;
    let config = config_for(&broker, &arguments.listen)?;

    runtime()?.block_on(async {
        let shared = Shared::new()?;
        let listener = http::bind(config.listen).await?;
        let address = listener.local_addr()?;
        say(&format!("in-process broker at {}", broker.bootstrap_servers()))?;
        say(&format!("health and metrics at http://{address}/readyz and http://{address}/metrics"))?;
        stop_on_signals(shared.shutdown.clone())?;

        let show = Show {
            feeder: Feeder::connect(&broker.bootstrap_servers(), &input)?,
            listener: Listener::connect(
                &broker.bootstrap_servers(),
                &[
                    (&names.changes, OUTPUT_PARTITIONS),
                    (&names.assignments, OUTPUT_PARTITIONS),
                    (&names.dead_letters, OUTPUT_PARTITIONS),
                ],
            )?,
            articles,
            speed: arguments.speed,
            once: arguments.once,
            shared: shared.clone(),
            topics: names.clone(),
        };
        let shown = thread::Builder::new().name("show".to_owned()).spawn(move || show.run())?;
        app::run(&config, listener, shared).await?;
        shown.join().map_err(|_| anyhow::anyhow!("the show panicked"))?
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The defaults, on the in-process broker.
fn config_for(broker: &EmbeddedBroker, listen: &str) -> anyhow::Result<Config> {
    let flags = [
        format!("kafka.bootstrap_servers={}", broker.bootstrap_servers()),
        "kafka.instance_id=demo".to_owned(),
        // The in-process broker's classic groups wait for three seconds before they start.
        "kafka.group_protocol=consumer".to_owned(),
        // Hours of news go by in a second: tell changes as they happen.
        "engine.emission.coalesce=1s".to_owned(),
        format!("http.listen={listen}"),
    ];
    Ok(config::load(None, std::iter::empty(), &flags)?)
}

/// Feeds the articles and shows what comes of them.
struct Show {
    feeder: Feeder,
    listener: Listener,
    articles: Vec<SampleArticle>,
    /// Hours of news a second.
    speed: f64,
    once: bool,
    shared: Shared,
    topics: config::Topics,
}

/// The longest wait between two articles, so that a quiet night does not bore.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How often the table is drawn again.
const REDRAW: Duration = Duration::from_millis(150);

/// After the last article has been told, changes may still be owed for a moment.
const AFTERMATH: Duration = Duration::from_secs(2);

impl Show {
    fn run(self) -> anyhow::Result<()> {
        // Whatever happens here, the service must end with it.
        let ended = EndWith(self.shared.shutdown.clone());
        let mut told = Told::default();
        let mut board = Board::new(io::stdout().is_terminal());
        let mut last_draw = Instant::now();
        let mut due = Instant::now();
        let mut complete: Option<Instant> = None;
        let mut next = 0;
        while !self.shared.shutdown.is_requested() {
            if let Some(article) = self.articles.get(next).filter(|_| Instant::now() >= due) {
                self.feeder.send(&article.id, article.line.as_bytes(), article.time)?;
                board.news_time(article.time);
                next += 1;
                due = Instant::now() + self.wait_before(next);
            }
            self.listen(&mut told, &mut board)?;
            if last_draw.elapsed() >= REDRAW {
                last_draw = Instant::now();
                board.draw(told.articles.len())?;
            }
            if next == self.articles.len() && told.articles.len() + told.dead_letters >= next {
                let since = *complete.get_or_insert_with(Instant::now);
                if self.once && since.elapsed() >= AFTERMATH {
                    break;
                }
            }
        }
        board.draw(told.articles.len())?;
        board.close(told.articles.len(), told.dead_letters)?;
        drop(ended);
        Ok(())
    }

    fn wait_before(&self, next: usize) -> Duration {
        let time = |at: usize| self.articles.get(at).map(|article| article.time);
        let (Some(now), Some(then)) = (next.checked_sub(1).and_then(time), time(next)) else { return Duration::ZERO };
        then.since(now).div_f64(self.speed * 3600.0).min(LONGEST_WAIT)
    }

    fn listen(&self, told: &mut Told, board: &mut Board) -> anyhow::Result<()> {
        let mut timeout = Duration::from_millis(5);
        while let Some(heard) = self.listener.next(timeout)? {
            timeout = Duration::ZERO;
            let value = heard.value.unwrap_or_default();
            if heard.topic == self.topics.changes {
                board.change(serde_json::from_slice(&value)?)?;
            } else if heard.topic == self.topics.assignments {
                told.articles.insert(serde_json::from_slice::<AssignedArticle>(&value)?.id);
            } else {
                told.dead_letters += 1;
            }
        }
        Ok(())
    }
}

/// What has come out of the service.
#[derive(Default)]
struct Told {
    /// Articles with a story.
    articles: BTreeSet<String>,
    dead_letters: usize,
}

#[derive(Deserialize)]
struct AssignedArticle {
    id: String,
}

struct EndWith(Shutdown);

impl Drop for EndWith {
    fn drop(&mut self) {
        self.0.request();
    }
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
