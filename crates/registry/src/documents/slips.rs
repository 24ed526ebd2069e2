//! Texts that are valid and fit nothing, since somebody meant another: methods with a slip, networks where one address stands.

use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::quote::quote;
use crate::source::Place;
use crate::suggest::nearest;
use std::net::IpAddr;

/// What clients send: HTTP itself, PATCH, WebDAV, and what caches understand. Others are taken for what they are, unless they are near to one of these.
const METHODS: [&str; 20] = [
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "QUERY",
    "PURGE",
];

/// A warning when a method is nearly one that clients send.
pub(crate) fn method_slip(method: &str, place: &Place) -> Option<Diagnostic> {
    let meant = Some(method).filter(|method| !METHODS.contains(method)).and_then(|method| nearest(method, &METHODS))?;
    let message = format!("{} is no method that clients send", quote(method));
    Some(Diagnostic::new(Code::MethodSlip, place.clone(), message).help(format!("did you mean `{meant}`?")))
}

/// A warning when the text of an address is a network, which no address is.
pub(crate) fn network(text: &str, place: &Place) -> Option<Diagnostic> {
    let (address, bits) = text.split_once('/')?;
    let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u8>().ok()?);
    let help = match address {
        IpAddr::V4(address) if bits % 8 == 0 && (8..32).contains(&bits) => {
            let octets = address.octets();
            let known: Vec<String> = octets[..usize::from(bits / 8)].iter().map(u8::to_string).collect();
            format!("write `{}.*`: `*` stands for any characters", known.join("."))
        }
        _ => "write what its addresses begin with, such as `10.1.*`, or `{regex: ...}`".to_owned(),
    };
    let message = format!("{} stands for itself, and no address is written so", quote(text));
    Some(Diagnostic::new(Code::NetworkAsText, place.clone(), message).help(help))
}
