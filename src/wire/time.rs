//! Times on the wire: RFC 3339 in UTC.

use jiff::Timestamp;

use crate::engine::time::EventTime;

/// Reads an RFC 3339 time with a zone, such as `2023-10-26T08:15:00Z`; `None` for anything else.
pub fn parse_time(text: &str) -> Option<EventTime> {
    let timestamp: Timestamp = text.trim().parse().ok()?;
    Some(EventTime::from_millis(timestamp.as_millisecond()))
}

/// The last whole hour that can be written, in milliseconds since the epoch: 9999-12-30T22:00:00Z.
const LAST_MILLIS: i64 = 253_402_207_200_000;

/// Writes a time as RFC 3339 in UTC with milliseconds where there are any; times outside of the years
/// -9999 to 9999 as the nearest one inside.
pub fn format_time(time: EventTime) -> String {
    let millis = time.as_millis().clamp(-LAST_MILLIS, LAST_MILLIS);
    Timestamp::from_millisecond(millis).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_the_way_there_and_back() {
        for text in ["2023-10-26T08:15:00Z", "1969-12-31T23:59:59.999Z", "2999-01-01T00:00:00Z"] {
            assert_eq!(format_time(parse_time(text).unwrap()), text);
        }
        assert_eq!(parse_time("2023-10-26T10:15:00+02:00"), parse_time("2023-10-26T08:15:00Z"));
        for nonsense in ["", "yesterday", "2023-10-26", "2023-13-45T99:00:00Z", "1698307200"] {
            assert_eq!(parse_time(nonsense), None, "{nonsense}");
        }
        assert_eq!(format_time(EventTime::from_millis(i64::MAX)), "9999-12-30T22:00:00Z");
    }
}
