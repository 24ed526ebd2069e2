//! The few messages of protobuf that are written by hand: a partial success, a status, a hint when to try again.

use crate::protobuf::{bytes_field, varint_field};
use std::time::Duration;

/// An `Export*ServiceResponse`: empty on full success, else how many were rejected and why. The three signals have the same
/// fields. A message without rejections is a warning.
pub(crate) fn export_response(rejected: u64, message: &str) -> Vec<u8> {
    const PARTIAL_SUCCESS: u32 = 1;
    const REJECTED: u32 = 1;
    const ERROR_MESSAGE: u32 = 2;
    let mut response = Vec::new();
    if rejected > 0 || !message.is_empty() {
        let mut partial = Vec::new();
        varint_field(&mut partial, REJECTED, rejected);
        bytes_field(&mut partial, ERROR_MESSAGE, message.as_bytes());
        bytes_field(&mut response, PARTIAL_SUCCESS, &partial);
    }
    response
}

/// A `google.rpc.Status`, with a `google.rpc.RetryInfo` where there is a time to wait.
pub(crate) fn status(code: u32, message: &str, retry_after: Option<Duration>) -> Vec<u8> {
    const CODE: u32 = 1;
    const MESSAGE: u32 = 2;
    const DETAILS: u32 = 3;
    const TYPE_URL: u32 = 1;
    const VALUE: u32 = 2;
    let mut status = Vec::new();
    varint_field(&mut status, CODE, u64::from(code));
    bytes_field(&mut status, MESSAGE, message.as_bytes());
    if let Some(wait) = retry_after {
        let mut any = Vec::new();
        bytes_field(&mut any, TYPE_URL, b"type.googleapis.com/google.rpc.RetryInfo");
        bytes_field(&mut any, VALUE, &retry_info(wait));
        bytes_field(&mut status, DETAILS, &any);
    }
    status
}

fn retry_info(wait: Duration) -> Vec<u8> {
    const RETRY_DELAY: u32 = 1;
    const SECONDS: u32 = 1;
    let (mut delay, mut info) = (Vec::new(), Vec::new());
    varint_field(&mut delay, SECONDS, wait.as_secs().max(1));
    bytes_field(&mut info, RETRY_DELAY, &delay);
    info
}

/// Base64 without padding, as values of binary metadata are written in gRPC.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = [0; 4];
        bits[1..=group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes(bits);
        for at in 0..=group.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

/// Text as `grpc-message` carries it: what is not printable ASCII, and `%`, as `%XX`.
pub(crate) fn percent_encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => write!(encoded, "%{byte:02X}").expect("a string takes all that is written"),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
    use prost::Message;

    #[test]
    fn a_response_is_what_the_generated_encoder_writes() {
        for (rejected, message) in [(1, "one"), (300, ""), (i64::MAX as u64, "ä"), (0, "a warning")] {
            let partial =
                ExportTracePartialSuccess { rejected_spans: rejected as i64, error_message: message.to_owned() };
            let read = ExportTraceServiceResponse::decode(&*export_response(rejected, message)).unwrap();
            assert_eq!(read, ExportTraceServiceResponse { partial_success: Some(partial) });
        }
        assert!(export_response(0, "").is_empty());
    }

    #[test]
    fn base64_is_that_of_the_rfc_without_padding() {
        for (plain, encoded) in [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), encoded);
        }
    }

    #[test]
    fn messages_are_printable_ascii() {
        assert_eq!(percent_encoded("100% `ü`\n"), "100%25 `%C3%BC`%0A");
    }
}
