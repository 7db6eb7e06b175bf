//! Reads single settings from the layers and gathers what is wrong with them.

use std::fmt::Display;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::error::ConfigError;
use super::layers::Layers;

/// Reads settings; a fault is noted and the reading goes on with any value, which is then never used.
#[derive(Debug)]
pub(super) struct Reader<'l> {
    layers: &'l Layers,
    pub(super) errors: Vec<ConfigError>,
}

impl<'l> Reader<'l> {
    pub(super) fn new(layers: &'l Layers) -> Self {
        Self { layers, errors: Vec::new() }
    }

    /// Notes a fault of a key.
    pub(super) fn fault(&mut self, key: &str, problem: impl Into<String>) {
        let origin = self.layers.origin(key).to_owned();
        self.errors.push(ConfigError { key: key.to_owned(), origin, problem: problem.into() });
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.layers.value(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// A text that must not be empty.
    pub(super) fn name(&mut self, key: &str) -> String {
        let text = self.text(key);
        if text.trim().is_empty() {
            self.fault(key, "must not be empty");
        }
        text
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(key);
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed: Vec<String> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
            self.fault(key, format!("expected one of {}, got {text:?}", allowed.join(", ")));
        }
        found
    }

    pub(super) fn texts(&mut self, key: &str) -> Vec<String> {
        let array = self.layers.value(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let texts: Option<Vec<String>> = array.iter().map(|value| value.as_str().map(str::to_owned)).collect();
        texts.unwrap_or_else(|| {
            self.fault(key, "expected an array of strings");
            Vec::new()
        })
    }

    pub(super) fn integer(&mut self, key: &str, range: RangeInclusive<i64>) -> i64 {
        let number = self.layers.value(key).and_then(Value::as_integer).unwrap_or(*range.start());
        self.within(key, number, range)
    }

    pub(super) fn size(&mut self, key: &str, range: RangeInclusive<usize>) -> usize {
        let bound = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
        let number = self.integer(key, bound(*range.start())..=bound(*range.end()));
        usize::try_from(number).unwrap_or(*range.start())
    }

    pub(super) fn positive(&mut self, key: &str, range: RangeInclusive<usize>) -> NonZeroUsize {
        NonZeroUsize::new(self.size(key, range)).unwrap_or(NonZeroUsize::MIN)
    }

    pub(super) fn number(&mut self, key: &str, range: RangeInclusive<f64>) -> f32 {
        let number = self.layers.value(key).and_then(Value::as_float).unwrap_or(*range.start());
        self.within(key, number, range) as f32
    }

    pub(super) fn duration(&mut self, key: &str, range: RangeInclusive<Duration>) -> Duration {
        let text = self.text(key);
        let Some(duration) = parse_duration(&text) else {
            self.fault(key, format!("expected a number with ms, s, m, h or d such as \"10s\", got {text:?}"));
            return *range.start();
        };
        if !range.contains(&duration) {
            let (low, high) = (format_duration(*range.start()), format_duration(*range.end()));
            self.fault(key, format!("expected {low} to {high}, got {text}"));
        }
        duration
    }

    fn within<T: PartialOrd + Copy + Display>(&mut self, key: &str, number: T, range: RangeInclusive<T>) -> T {
        if range.contains(&number) {
            return number;
        }
        self.fault(key, format!("expected {} to {}, got {number}", range.start(), range.end()));
        *range.start()
    }
}

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// Reads a duration such as `250ms`, `10s` or `7d`.
pub(super) fn parse_duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

fn format_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let largest = UNITS.iter().rev().find(|(_, unit)| millis >= *unit && millis % unit == 0);
    match largest {
        Some((name, unit)) => format!("{}{name}", millis / unit),
        None => "0s".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_there_and_back() {
        for text in ["250ms", "10s", "90m", "7d", "0s"] {
            assert_eq!(format_duration(parse_duration(text).unwrap()), text);
        }
        for nonsense in ["", "10", "s", "-1s", "1.5h", "10 years", "99999999999999999999d", "9999999999999999d"] {
            assert_eq!(parse_duration(nonsense), None, "{nonsense}");
        }
    }
}
