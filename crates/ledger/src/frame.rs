//! A record as it is stored: the JSON bytes of the whole entry, its kind and version, and the hash that chains it to
//! the one before.
//!
//! Pure. The hash is over the stored bytes, which are never made a second time from the values they hold.

use std::fmt;

use serde_json::Error as JsonError;
use stopline_kernel::id::AccountId;
use stopline_kernel::record::Entry;

/// The hash of a record and, through it, of everything before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first record is chained to: the format and the account, so that no ledger passes for another's.
    pub fn genesis(account: AccountId) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(b"stopline ledger 1\n");
        hasher.update(account.as_str().as_bytes());
        Hash(*hasher.finalize().as_bytes())
    }

    /// Reads the 64 hexadecimal digits that [`fmt::Display`] writes.
    pub fn from_hex(text: &str) -> Option<Hash> {
        blake3::Hash::from_hex(text).ok().map(|hash| Hash(*hash.as_bytes()))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One stored record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its place, from 1.
    pub seq: u64,
    /// The name of its kind.
    pub kind: Box<str>,
    /// The version of its kind that the body is written in.
    pub version: u32,
    /// The whole entry as JSON, exactly as it was first written.
    pub body: Box<[u8]>,
    /// The chain up to and with this record.
    pub hash: Hash,
}

impl Frame {
    /// Chains a body to the record before it.
    pub fn seal(prev: Hash, seq: u64, kind: &str, version: u32, body: &[u8]) -> Frame {
        let hash = chain(prev, seq, kind, version, body);
        Frame { seq, kind: kind.into(), version, body: body.into(), hash }
    }

    /// Writes an entry as the record after `prev`.
    pub fn of(prev: Hash, entry: &Entry) -> Result<Frame, JsonError> {
        let body = serde_json::to_vec(entry)?;
        Ok(Frame::seal(prev, entry.seq, entry.record.kind(), entry.record.version(), &body))
    }

    /// Whether the stored bytes are the ones that were chained to `prev`.
    pub fn follows(&self, prev: Hash) -> bool {
        self.hash == chain(prev, self.seq, &self.kind, self.version, &self.body)
    }

    /// One line of text: sequence, kind, version, hash, body. JSON has no line breaks inside.
    pub fn to_line(&self) -> Vec<u8> {
        let mut line = format!("{} {} {} {} ", self.seq, self.kind, self.version, self.hash).into_bytes();
        line.extend_from_slice(&self.body);
        line.push(b'\n');
        line
    }

    /// Reads a line without its line break; `None` if it is none of ours. Whether it fits the chain is not asked here.
    pub fn from_line(line: &[u8]) -> Option<Frame> {
        let mut parts = line.splitn(5, |byte| *byte == b' ');
        let mut text = || parts.next().and_then(|part| std::str::from_utf8(part).ok());
        let seq = text()?.parse().ok()?;
        let kind = text()?.into();
        let version = text()?.parse().ok()?;
        let hash = Hash::from_hex(text()?)?;
        Some(Frame { seq, kind, version, body: parts.next()?.into(), hash })
    }
}

/// The hash of a record on top of the one before; every part has a fixed length or its length before it.
pub fn chain(prev: Hash, seq: u64, kind: &str, version: u32, body: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&prev.0);
    hasher.update(&seq.to_le_bytes());
    hasher.update(&(kind.len() as u64).to_le_bytes());
    hasher.update(kind.as_bytes());
    hasher.update(&version.to_le_bytes());
    hasher.update(&(body.len() as u64).to_le_bytes());
    hasher.update(body);
    Hash(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Frame {
        Frame::seal(Hash::genesis("PAPER-1".parse().unwrap()), 1, "started", 1, b"{\"seq\":1}")
    }

    #[test]
    fn a_line_reads_back_as_the_frame() {
        let line = frame().to_line();
        assert_eq!(Frame::from_line(&line[..line.len() - 1]), Some(frame()));
        assert_eq!(Frame::from_line(b"1 started 1 00"), None);
    }

    #[test]
    fn every_part_is_in_the_hash() {
        let (prev, good) = (Hash::genesis("PAPER-1".parse().unwrap()), frame());
        assert!(good.follows(prev));
        let body: Box<[u8]> = b"{\"seq\":2}".as_slice().into();
        for bad in [
            Frame { seq: 2, ..good.clone() },
            Frame { version: 2, ..good.clone() },
            Frame { kind: "starte".into(), ..good.clone() },
            Frame { body, ..good.clone() },
        ] {
            assert!(!bad.follows(prev), "{bad:?}");
        }
        assert!(!good.follows(Hash::genesis("PAPER-2".parse().unwrap())));
    }
}
