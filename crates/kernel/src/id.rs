//! Names of things: accounts, bots, symbols, and the ids that brokers and we give to orders and executions.
//!
//! An id never comes from a counter of this process or from chance: the same decision makes the same [`ClOrdId`] in
//! any process, even if the ledger were lost.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Text of at most `N` bytes, kept inline so that names are `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

/// Why a text cannot be a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// Names have at least one character.
    Empty,
    /// More bytes than this kind of name allows.
    TooLong {
        /// How many bytes there are.
        len: usize,
        /// How many there may be.
        max: usize,
    },
    /// Only graphic ASCII is allowed, so that a name is the same in every file, terminal and database.
    BadCharacter,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NameError::Empty => f.write_str("a name needs at least one character"),
            NameError::TooLong { len, max } => write!(f, "{len} characters, at most {max} are allowed"),
            NameError::BadCharacter => f.write_str("only visible ASCII characters are allowed"),
        }
    }
}

impl<const N: usize> Text<N> {
    const fn from_static(text: &'static str) -> Text<N> {
        let (mut bytes, mut rest, mut len) = ([0; N], text.as_bytes(), 0_u8);
        while let [first, tail @ ..] = rest {
            if (len as usize) < N {
                bytes[len as usize] = *first;
                len += 1;
            }
            rest = tail;
        }
        Text { bytes, len }
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.len)).unwrap_or(&[]);
        core::str::from_utf8(bytes).unwrap_or("")
    }
}

impl<const N: usize> FromStr for Text<N> {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        let too_long = NameError::TooLong { len: text.len(), max: N };
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(NameError::BadCharacter);
        }
        let mut bytes = [0; N];
        bytes.get_mut(..text.len()).ok_or(too_long)?.copy_from_slice(text.as_bytes());
        Ok(Text { bytes, len: u8::try_from(text.len()).map_err(|_| too_long)? })
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: usize> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

impl<'de, const N: usize> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(de::Error::custom)
    }
}

macro_rules! fmt_as_text {
    () => {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.pad(self.as_str())
        }
    };
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Text<$len>);

        impl $name {
            /// The name as it was given.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// A name that is written in the source. What does not fit is cut; a test reads every such name.
            pub const fn from_static(text: &'static str) -> $name {
                $name(Text::from_static(text))
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                text.parse().map($name)
            }
        }

        impl fmt::Display for $name {
            fmt_as_text!();
        }
    };
}

name!(
    /// A broker account.
    AccountId,
    31
);
name!(
    /// One configured bot.
    BotId,
    23
);
name!(
    /// A contract as the venue names it, such as `MESZ6`.
    Symbol,
    23
);
name!(
    /// One life of a venue. A restarted simulated market gets a new one, so that no key is ever made twice.
    VenueInstance,
    31
);

macro_rules! foreign_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Box<str>);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

foreign_id!(
    /// The broker's own id of an order.
    BrokerOrderId
);
foreign_id!(
    /// The id of one execution, unique within the account. Fills are booked once per ExecID.
    ExecId
);

/// The id that we give to an order, the same in any process for the same decision, leg and revision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClOrdId(Text<28>);

/// What every [`ClOrdId`] begins with, so that an order of ours is known in any list the broker sends.
pub const CL_ORD_ID_PREFIX: &str = "SL";

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl ClOrdId {
    /// The id over a 128-bit digest: the prefix and 26 characters of base32.
    pub fn from_digest(digest: u128) -> ClOrdId {
        let mut bytes = [0_u8; 28];
        let (prefix, rest) = bytes.split_at_mut(CL_ORD_ID_PREFIX.len());
        prefix.copy_from_slice(CL_ORD_ID_PREFIX.as_bytes());
        for (i, slot) in rest.iter_mut().enumerate() {
            let five = (digest >> (5 * i)) & 31;
            *slot = usize::try_from(five).ok().and_then(|n| BASE32.get(n)).copied().unwrap_or(b'A');
        }
        ClOrdId(Text { bytes, len: 28 })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether `text` has the form of an id of ours, whoever made it.
    pub fn is_ours(text: &str) -> bool {
        text.len() == 28 && text.starts_with(CL_ORD_ID_PREFIX)
    }
}

impl FromStr for ClOrdId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        if !ClOrdId::is_ours(text) {
            return Err(NameError::BadCharacter);
        }
        text.parse().map(ClOrdId)
    }
}

impl fmt::Display for ClOrdId {
    fmt_as_text!();
}

impl fmt::Debug for ClOrdId {
    fmt_as_text!();
}

/// A 128-bit digest over parts, each framed by its length, so that no two lists of parts can run together.
pub fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut first = [0; 16];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_refuse_what_no_broker_would_take() {
        assert_eq!("".parse::<BotId>(), Err(NameError::Empty));
        assert_eq!("two words".parse::<BotId>(), Err(NameError::BadCharacter));
        assert!(matches!("x".repeat(40).parse::<Symbol>(), Err(NameError::TooLong { len: 40, max: 23 })));
    }

    #[test]
    fn a_cl_ord_id_is_28_characters_and_reads_back() {
        let id = ClOrdId::from_digest(u128::MAX);
        assert_eq!(id.as_str().len(), 28);
        assert!(ClOrdId::is_ours(id.as_str()));
        assert_eq!(id.as_str().parse(), Ok(id));
        assert_ne!(id, ClOrdId::from_digest(u128::MAX - 1));
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
    }
}
