//! Lines: one JSON object with the version `v`, for events the number `n`, and the message.
//!
//! Reads in two steps, so that a line of another version is named as that and never taken for damage.

use alloc::string::{String, ToString};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{ProtocolError, VERSION};

#[derive(Serialize)]
struct Envelope<'a, T> {
    v: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<u64>,
    #[serde(flatten)]
    message: &'a T,
}

/// The line of a message, without its line feed.
pub(super) fn write<T: Serialize>(n: Option<u64>, message: &T) -> Result<String, ProtocolError> {
    let envelope = Envelope { v: VERSION, n, message };
    serde_json::to_string(&envelope).map_err(|error| ProtocolError::NotWritten(error.to_string()))
}

/// The message of a line of at most `max` bytes, and its number if it has one.
pub(super) fn read<T: DeserializeOwned>(line: &str, max: usize) -> Result<(Option<u64>, T), ProtocolError> {
    if line.len() > max {
        return Err(ProtocolError::LineTooLong { len: line.len(), max });
    }
    let mut fields: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| ProtocolError::NotJson(brief(&error.to_string())))?;
    let version = fields.remove("v").unwrap_or(Value::Null);
    if version.as_u64() != Some(VERSION.into()) {
        return Err(ProtocolError::Version(version.to_string().chars().take(20).collect()));
    }
    let n = fields.remove("n").and_then(|n| n.as_u64());
    let message = serde_json::from_value(Value::Object(fields));
    Ok((n, message.map_err(|error| ProtocolError::NotAMessage(brief(&error.to_string())))?))
}

/// At most 200 characters of what a parser says, which may quote the other end at length.
fn brief(text: &str) -> String {
    text.chars().take(200).collect()
}
