//! `slugline topics`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::DIFFERS;
use super::args::TopicsArguments;
use crate::broker::kafka::admin::{Finding, TopicReport, TopicSpec, check_topics};
use crate::config::Config;

pub(super) fn run(arguments: &TopicsArguments) -> anyhow::Result<ExitCode> {
    let config = arguments.config.load(&[])?;
    let reports = check_topics(&config.kafka, &specs(&config), arguments.action.create)?;
    let mut table = Table::new();
    table.load_preset(NOTHING);
    for report in &reports {
        table.add_row([report.name.as_str(), &describe(report)]);
    }
    writeln!(io::stdout(), "{}", table.trim_fmt())?;
    let sound = reports.iter().all(|report| matches!(report.finding, Finding::Sound | Finding::Created));
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

fn describe(report: &TopicReport) -> String {
    match &report.finding {
        Finding::Sound => "as it should be".to_owned(),
        Finding::Created => "created".to_owned(),
        Finding::Missing => "missing: `slugline topics --create` makes it".to_owned(),
        Finding::Differs(differences) => differences.join("\n"),
    }
}

/// The topics of a configuration as they should be; input topics given as a pattern are not the service's.
fn specs(config: &Config) -> Vec<TopicSpec> {
    let names = &config.topics;
    let creation = &config.topic_creation;
    let largest = config.kafka.max_message_bytes;
    let delete = |retention: Duration| {
        BTreeMap::from([
            ("cleanup.policy".to_owned(), "delete".to_owned()),
            ("retention.ms".to_owned(), retention.as_millis().to_string()),
            ("max.message.bytes".to_owned(), largest.to_string()),
        ])
    };
    let compact = || {
        BTreeMap::from([
            ("cleanup.policy".to_owned(), "compact".to_owned()),
            ("max.message.bytes".to_owned(), largest.to_string()),
        ])
    };
    let spec = |name: &String, partitions: i32, settings: BTreeMap<String, String>| TopicSpec {
        name: name.clone(),
        partitions,
        replication: (creation.replication > 0).then_some(creation.replication),
        settings,
    };
    let inputs = names.articles.iter().filter(|name| !name.starts_with('^'));
    let mut specs: Vec<TopicSpec> =
        inputs.map(|name| spec(name, creation.article_partitions, delete(creation.articles_retention))).collect();
    specs.extend([
        spec(&names.lanes, creation.lane_partitions, delete(creation.lanes_retention)),
        spec(&names.changes, creation.output_partitions, delete(creation.changes_retention)),
        spec(&names.latest, creation.output_partitions, compact()),
        spec(&names.assignments, creation.output_partitions, compact()),
        spec(&names.dead_letters, creation.output_partitions, delete(creation.dead_letters_retention)),
    ]);
    specs
}
