//! Inputs made of others by a seed: bits, bytes, pieces, lines and the numbers in them. The same seed makes the same
//! inputs; nothing here is drawn from the machine.

/// Numbers from a seed (Steele's splitmix64).
pub(crate) struct Seeded(pub(crate) u64);

/// What a number in a text is put in place of: the edges of what the readers hold.
const NUMBERS: [&str; 9] = [
    "0",
    "-1",
    "1",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "4294967296",
    "0.25",
    "1e400",
];

impl Seeded {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) >> 1).unwrap() % n.max(1)
    }

    /// One of the corpus, changed in up to four places.
    pub(crate) fn mutated(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = corpus[self.below(corpus.len())].clone();
        for _ in 0..=self.below(4) {
            match self.below(7) {
                0 => self.flip(&mut bytes),
                1 => self.number(&mut bytes),
                2 => self.number(&mut bytes),
                3 => self.cut(&mut bytes),
                4 => self.repeat(&mut bytes),
                5 => self.swap_lines(&mut bytes),
                _ => self.splice(&mut bytes, corpus),
            }
        }
        bytes
    }

    fn piece(&mut self, len: usize) -> std::ops::Range<usize> {
        let start = self.below(len + 1);
        start..(start + self.below(48)).min(len)
    }

    fn flip(&mut self, bytes: &mut [u8]) {
        let at = self.below(bytes.len());
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1 << self.below(8);
        }
    }

    /// Puts an edge in place of one of the numbers.
    fn number(&mut self, bytes: &mut Vec<u8>) {
        let begins =
            |at: usize| bytes[at].is_ascii_digit() && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
        let starts: Vec<usize> = (0..bytes.len()).filter(|at| begins(*at)).collect();
        if starts.is_empty() {
            return;
        }
        let start = starts[self.below(starts.len())];
        let len = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        bytes.splice(start..start + len, NUMBERS[self.below(NUMBERS.len())].bytes());
    }

    fn cut(&mut self, bytes: &mut Vec<u8>) {
        let piece = self.piece(bytes.len());
        bytes.drain(piece);
    }

    fn repeat(&mut self, bytes: &mut Vec<u8>) {
        let piece = bytes[self.piece(bytes.len())].to_vec();
        let at = self.below(bytes.len() + 1);
        bytes.splice(at..at, piece);
    }

    /// Repeats, drops or moves a line: a message more, a message less, another order.
    fn swap_lines(&mut self, bytes: &mut Vec<u8>) {
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let (from, to) = (self.below(lines.len()), self.below(lines.len()));
        match self.below(3) {
            0 => lines.swap(from, to),
            1 => lines.insert(to, lines[from]),
            _ => drop(lines.remove(from)),
        }
        *bytes = lines.join(&b'\n');
    }

    fn splice(&mut self, bytes: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let other = &corpus[self.below(corpus.len())];
        let tail = other[self.below(other.len() + 1)..].to_vec();
        bytes.truncate(self.below(bytes.len() + 1));
        bytes.extend(tail);
    }
}
