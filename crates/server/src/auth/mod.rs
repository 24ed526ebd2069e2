//! Who may send, read and write: tokens, where they are kept, and what listeners ask for.
//!
//! A token is `mp_<kind>_<64 hexadecimal digits>`, 256 random bits. Only its hash is kept, one line a token in the file
//! `tokens` of the data directory ([`TokenStore`]); the command that makes a token shows it once. What a listener asks for is
//! decided when it starts ([`Guard`]). Browsers sign in with a token, once (`Sessions`).

mod guard;
mod session;
mod store;
mod token;

pub use guard::{Denied, Guard, Sender, Unguarded};
pub(crate) use session::{Sessions, Visitor, is_from_here};
pub use store::{TokenError, TokenStore};
pub use token::{Token, TokenKind};
