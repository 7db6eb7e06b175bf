//! The live table of stories in the terminal; plain lines where the output is none.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use console::Term;
use serde::Deserialize;

use crate::engine::time::EventTime;
use crate::wire::format_time;

/// What the board reads of a change.
#[derive(Debug, Deserialize)]
pub(super) struct ShownChange {
    change: String,
    id: String,
    lane: String,
    label: ShownLabel,
    last_seen: String,
    counts: ShownCounts,
}

#[derive(Debug, Deserialize)]
struct ShownLabel {
    text: String,
}

#[derive(Debug, Deserialize)]
struct ShownCounts {
    articles: usize,
    publishers: usize,
}

/// The stories as they form.
pub(super) struct Board {
    terminal: Option<Term>,
    stories: BTreeMap<String, ShownChange>,
    news_time: EventTime,
    /// How many lines the table took when it was last drawn.
    drawn: usize,
}

impl Board {
    pub(super) fn new(live: bool) -> Self {
        Self { terminal: live.then(Term::stdout), stories: BTreeMap::new(), news_time: EventTime::default(), drawn: 0 }
    }

    /// The news has come to this time.
    pub(super) fn news_time(&mut self, time: EventTime) {
        self.news_time = time;
    }

    /// A story has changed.
    pub(super) fn change(&mut self, change: ShownChange) -> io::Result<()> {
        if self.terminal.is_none() {
            let ShownChange { change: what, lane, label, last_seen, counts, .. } = &change;
            let (articles, outlets) = (counts.articles, counts.publishers);
            writeln!(
                io::stdout(),
                "{last_seen} {lane} {what:10} {articles:3} articles {outlets:3} outlets  {}",
                label.text
            )?;
        }
        self.stories.insert(change.id.clone(), change);
        Ok(())
    }

    /// Draws the table again in place of the one before.
    pub(super) fn draw(&mut self, articles: usize) -> io::Result<()> {
        let Some(terminal) = &self.terminal else { return Ok(()) };
        let (rows, columns) = terminal.size();
        let room = usize::from(rows).saturating_sub(4).clamp(5, 30);
        let heading = format!(
            "news time {}   {articles} articles   {} stories",
            format_time(self.news_time).replace(['T', 'Z'], " "),
            self.stories.len()
        );
        let table = self.table(room, Some(columns));
        terminal.clear_last_lines(self.drawn)?;
        let text = format!("{heading}\n{table}");
        terminal.write_line(&text)?;
        self.drawn = text.lines().count();
        Ok(())
    }

    /// Ends with the stories told most, and the counts.
    pub(super) fn close(&mut self, articles: usize, dead_letters: usize) -> io::Result<()> {
        let mut out = io::stdout();
        if self.terminal.is_none() {
            writeln!(out, "\n{}", self.table(usize::MAX, None))?;
        }
        let stories = self.stories.len();
        writeln!(out, "\n{articles} articles in {stories} stories, {dead_letters} dead letters")
    }

    /// The largest stories; of equals the latest first.
    fn table(&self, most: usize, columns: Option<u16>) -> Table {
        let mut stories: Vec<&ShownChange> = self.stories.values().collect();
        stories.sort_by(|a, b| {
            b.counts.articles.cmp(&a.counts.articles).then(b.last_seen.cmp(&a.last_seen)).then(a.id.cmp(&b.id))
        });
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(columns) = columns {
            table.set_width(columns);
        }
        table.set_header(["articles", "outlets", "lane", "last article", "story"]);
        for story in stories.into_iter().take(most) {
            table.add_row([
                Cell::new(story.counts.articles).set_alignment(CellAlignment::Right),
                Cell::new(story.counts.publishers).set_alignment(CellAlignment::Right),
                Cell::new(&story.lane),
                Cell::new(story.last_seen.get(5..16).unwrap_or_default().replace('T', " ")),
                Cell::new(first_line(&story.label.text, columns)),
            ]);
        }
        table
    }
}

/// A name cut to fit into one line of the table.
fn first_line(name: &str, columns: Option<u16>) -> String {
    let room = columns.map_or(usize::MAX, |columns| usize::from(columns).saturating_sub(46).max(20));
    console::truncate_str(name, room, "…").into_owned()
}
