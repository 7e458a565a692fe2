//! Bytes from a file, decompressed: the only place in the workspace that opens market data.
//!
//! Knows no bars. A compressed stream that ends too early is never taken for a whole one: every reader above sees a
//! [`CutShort`], not a quiet end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Place, TapeError};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// Bytes held between the decompressor and the format.
const BUFFER: usize = 1 << 16;
/// Bytes looked at to tell the format: the fixed part of a DBN file's beginning.
pub(super) const HEAD: usize = 8;

/// An open file: its first bytes, and what follows them.
pub(super) struct Opened {
    /// The path as it was given.
    pub(super) file: String,
    /// The first [`HEAD`] bytes, or fewer where the file has fewer; never none.
    pub(super) head: Vec<u8>,
    /// The bytes after them.
    pub(super) rest: Box<dyn BufRead + Send>,
}

/// The compression ended before its stream did.
#[derive(Debug, thiserror::Error)]
#[error("the compressed stream ends too early")]
pub(super) struct CutShort;

/// How much of a file has been read, for whoever waits for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Whole(Arc<AtomicU64>);

impl Whole {
    /// Bytes taken from the file so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A file that says how much of it was read.
struct Counted<R> {
    input: R,
    read: Whole,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        let n = self.input.read(space)?;
        self.read.0.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The digest of a file's bytes in hex, and how many there are; what is read is counted.
pub(crate) fn digest(path: &Path, read: &Whole) -> Result<(String, u64), TapeError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|source| TapeError::Open { file: name.clone(), source })?;
    let mut input = Counted { input: file, read: read.clone() };
    let (mut hasher, mut space, mut size) = (blake3::Hasher::new(), vec![0; BUFFER], 0_u64);
    loop {
        let n = input.read(&mut space).map_err(|e| read_error(&name, Place::Record(1), e))?;
        if n == 0 {
            return Ok((hasher.finalize().to_hex().to_string(), size));
        }
        size += n as u64;
        hasher.update(space.get(..n).unwrap_or_default());
    }
}

/// Opens `path`; plain, gzip or zstd, told by the first bytes.
pub(super) fn open(path: &Path) -> Result<Opened, TapeError> {
    counted(path, &Whole::default())
}

/// The same with what is read counted.
pub(super) fn counted(path: &Path, read: &Whole) -> Result<Opened, TapeError> {
    let file = path.display().to_string();
    let raw = File::open(path).map_err(|source| TapeError::Open { file: file.clone(), source })?;
    let failed = |e: io::Error| read_error(&file, Place::Record(1), e);
    let mut raw = BufReader::with_capacity(BUFFER, Counted { input: raw, read: read.clone() });
    let magic = raw.fill_buf().map_err(failed)?;
    let plain: Box<dyn Read + Send> = if magic.starts_with(ZSTD) {
        Box::new(Strict(zstd::stream::read::Decoder::with_buffer(raw).map_err(failed)?))
    } else if magic.starts_with(GZIP) {
        Box::new(Strict(flate2::bufread::MultiGzDecoder::new(raw)))
    } else {
        Box::new(raw)
    };
    let mut rest = BufReader::with_capacity(BUFFER, plain);
    let mut head = Vec::with_capacity(HEAD);
    rest.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(failed)?;
    if head.is_empty() {
        return Err(TapeError::Empty { file });
    }
    Ok(Opened { file, head, rest: Box::new(rest) })
}

/// What a failed read means for the reader of `file`.
pub(super) fn read_error(file: &str, at: Place, error: io::Error) -> TapeError {
    let file = file.to_owned();
    if error.get_ref().is_some_and(|inner| inner.is::<CutShort>()) {
        return TapeError::Cut { file, at };
    }
    match error.raw_os_error() {
        Some(_) => TapeError::Read { file, at, source: error },
        None => TapeError::Damaged { file, at, reason: error.to_string() },
    }
}

/// A decompressor whose early end is an error that nobody takes for the end of the file.
struct Strict<R>(R);

impl<R: Read> Read for Strict<R> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.0.read(space).map_err(|e| match e.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::other(CutShort),
            _ => e,
        })
    }
}
