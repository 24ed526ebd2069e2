//! Requests that the server makes of others: to URLs that settings name, within bounds of time, bytes and reach. Knows nothing of what is said.

mod address;
mod call;
mod client;
mod patience;
mod reach;
mod secret;
mod tls;

pub use address::{Address, AddressError};
pub(crate) use call::{Call, CallError};
pub(crate) use client::{Answer, Client, Content, Post, PostError};
pub(crate) use patience::Patience;
pub(crate) use reach::Reach;
pub use secret::{Secret, SecretError};
pub use tls::TlsError;
