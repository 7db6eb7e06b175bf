//! JSON lines from a file or standard input, as records of one partition.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::Record;

/// Records from lines; the offset of a record is its line's number, from 1.
#[expect(missing_debug_implementations, reason = "a reader has none")]
pub struct LineReader {
    reader: Box<dyn BufRead + Send>,
    name: Arc<str>,
    line: i64,
    bytes: u64,
    /// The size of the input in bytes, where it is a file.
    size: Option<u64>,
}

impl LineReader {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// Returns what the system says.
    pub fn open(path: &Path) -> io::Result<Self> {
        let name = path.display().to_string().into();
        if path.as_os_str() == "-" {
            let reader = Box::new(BufReader::new(io::stdin()));
            return Ok(Self { reader, name, line: 0, bytes: 0, size: None });
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Self { reader: Box::new(BufReader::with_capacity(1 << 16, file)), name, line: 0, bytes: 0, size })
    }

    /// The size of the input in bytes, where it is known.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes have been read.
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// The next record; blank lines are passed over. At most `most_bytes` and one of a longer line are kept,
    /// enough to see that it is too long.
    ///
    /// # Errors
    /// Returns what the system says.
    pub fn next_record(&mut self, most_bytes: usize) -> io::Result<Option<Record>> {
        loop {
            let mut value = Vec::new();
            let limit = u64::try_from(most_bytes).unwrap_or(u64::MAX).saturating_add(1);
            let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut value)?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            self.bytes += read as u64;
            if value.last() != Some(&b'\n') {
                self.bytes += skip_line(&mut self.reader)?;
            }
            while value.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                value.pop();
            }
            if value.iter().any(|byte| !byte.is_ascii_whitespace()) {
                return Ok(Some(self.record(value)));
            }
        }
    }

    fn record(&self, value: Vec<u8>) -> Record {
        Record {
            topic: self.name.clone(),
            partition: 0,
            offset: self.line,
            timestamp: None,
            key: None,
            value: Some(value),
            headers: Vec::new(),
        }
    }
}

/// Passes over the rest of a line and tells how long it was.
fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        if used == 0 {
            return Ok(skipped);
        }
        reader.consume(used);
        skipped += used as u64;
        if end.is_some() {
            return Ok(skipped);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn lines_become_records_and_long_ones_are_cut() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"one\r\n\n  \n0123456789\nlast").unwrap();
        let mut reader = LineReader::open(file.path()).unwrap();
        let mut seen = Vec::new();
        while let Some(record) = reader.next_record(5).unwrap() {
            seen.push((record.offset, String::from_utf8(record.value.unwrap()).unwrap()));
        }
        assert_eq!(seen, [(1, "one".to_owned()), (4, "012345".to_owned()), (5, "last".to_owned())]);
        assert_eq!(Some(reader.bytes_read()), reader.size());
    }
}
