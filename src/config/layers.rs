//! The layers of a configuration: the embedded default, a file, the environment and flags.
//!
//! `default.toml` names every key with a value of its type, so it is the schema as well: a key it does not
//! know is refused, and so is a value of another type.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::error::ConfigError;

/// The commented defaults: every key of the configuration.
pub const DEFAULT: &str = include_str!("default.toml");

/// The prefix of the environment's variables.
const PREFIX: &str = "SLUGLINE__";

/// Tables whose keys are free.
const FREE: [&str; 1] = ["kafka.properties"];

/// The merged layers, and where each value came from.
#[derive(Debug)]
pub(super) struct Layers {
    values: BTreeMap<String, Value>,
    origins: BTreeMap<String, String>,
    pub(super) errors: Vec<ConfigError>,
}

impl Layers {
    /// The defaults alone.
    pub(super) fn default() -> Self {
        let mut values = BTreeMap::new();
        let mut errors = Vec::new();
        match DEFAULT.parse::<Table>() {
            Ok(table) => flatten("", table, &mut values),
            Err(error) => errors.push(ConfigError {
                key: "default.toml".to_owned(),
                origin: "embedded".to_owned(),
                problem: error.to_string(),
            }),
        }
        Self { values, origins: BTreeMap::new(), errors }
    }

    /// Lays a file over what is there.
    pub(super) fn add_file(&mut self, name: &str, text: &str) {
        match text.parse::<Table>() {
            Ok(table) => {
                let mut found = BTreeMap::new();
                flatten("", table, &mut found);
                for (key, value) in found {
                    self.set(key, value, name);
                }
            }
            Err(error) => {
                let problem = error.to_string().trim_end().to_owned();
                self.errors.push(ConfigError { key: "file".to_owned(), origin: name.to_owned(), problem });
            }
        }
    }

    /// Lays the environment's variables over what is there.
    pub(super) fn add_environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        let mut ours: Vec<(String, String)> = variables.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        ours.sort();
        for (name, text) in ours {
            let parts: Vec<String> = name.trim_start_matches(PREFIX).split("__").map(str::to_lowercase).collect();
            let mut key = parts.join(".");
            if let Some(free) = FREE.iter().find(|free| key.starts_with(&format!("{free}."))) {
                // librdkafka's properties have dots, which a variable's name cannot.
                key = format!("{free}.{}", key.trim_start_matches(&format!("{free}.")).replace('_', "."));
            }
            self.set_text(key, &text, &name);
        }
    }

    /// Lays `key=value` flags over what is there.
    pub(super) fn add_flags(&mut self, flags: &[String]) {
        for flag in flags {
            match flag.split_once('=') {
                Some((key, text)) => self.set_text(key.trim().to_owned(), text, "--set"),
                None => self.errors.push(ConfigError {
                    key: flag.clone(),
                    origin: "--set".to_owned(),
                    problem: "expected key=value".to_owned(),
                }),
            }
        }
    }

    /// The value of a key of `default.toml`.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The keys and values of a free table.
    pub(super) fn free(&self, table: &str) -> BTreeMap<String, String> {
        let prefix = format!("{table}.");
        let inside = |(key, value): (&String, &Value)| {
            let name = key.strip_prefix(&prefix)?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some((name.to_owned(), text))
        };
        self.values.iter().filter_map(inside).collect()
    }

    /// All keys and values, sorted by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Where the value of a key came from.
    pub(super) fn origin(&self, key: &str) -> &str {
        self.origins.get(key).map_or("default", String::as_str)
    }

    fn set_text(&mut self, key: String, text: &str, origin: &str) {
        let value = match self.values.get(&key) {
            Some(Value::String(_)) | None => Some(Value::String(text.to_owned())),
            Some(Value::Array(_)) if !text.trim_start().starts_with('[') => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(Value::Array(parts.map(|part| Value::String(part.to_owned())).collect()))
            }
            Some(_) => format!("value = {text}").parse::<Table>().ok().and_then(|mut table| table.remove("value")),
        };
        match value {
            Some(value) => self.set(key, value, origin),
            None => self.mismatch(&key, &format!("{text:?}"), origin),
        }
    }

    fn set(&mut self, key: String, value: Value, origin: &str) {
        let free = FREE.iter().any(|free| key.starts_with(&format!("{free}.")));
        let value = match (self.values.get(&key), value) {
            // A whole number is a number.
            (Some(Value::Float(_)), Value::Integer(number)) => Value::Float(number as f64),
            (_, value) => value,
        };
        match self.values.get(&key) {
            None if !free => {
                let problem = match self.nearest(&key) {
                    Some(near) => format!("unknown key; did you mean {near}?"),
                    None => "unknown key; `slugline check-config` shows every key".to_owned(),
                };
                self.errors.push(ConfigError { key, origin: origin.to_owned(), problem });
            }
            Some(known) if !free && known.type_str() != value.type_str() => {
                self.mismatch(&key, value.type_str(), origin);
            }
            _ => {
                self.origins.insert(key.clone(), origin.to_owned());
                self.values.insert(key, value);
            }
        }
    }

    fn mismatch(&mut self, key: &str, found: &str, origin: &str) {
        let expected = self.values.get(key).map_or("string", Value::type_str);
        let problem = format!("expected {} {expected}, got {found}", article(expected));
        self.errors.push(ConfigError { key: key.to_owned(), origin: origin.to_owned(), problem });
    }

    /// A known key whose last part is that of `key`, or starts like it.
    fn nearest(&self, key: &str) -> Option<&str> {
        let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
        let wanted = last(key);
        let similar = |known: &&String| {
            let known = last(known);
            known == wanted || (wanted.len() >= 4 && (known.starts_with(&wanted) || wanted.starts_with(&known)))
        };
        self.values.keys().find(similar).map(String::as_str)
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

/// Every leaf of a table under its dotted key; a free table's keys are leaves whatever they hold.
fn flatten(prefix: &str, table: Table, into: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, into),
            value => {
                into.insert(key, value);
            }
        }
    }
}
