//! The server as a process: started, asked, killed and started again; with real clients, a real product and a real scraper.

mod clients;
mod disk;
mod edits;
mod first;
mod kills;
mod mail;
mod overload;
mod process;
mod prometheus;
mod secrets;
mod settings;
mod sync;
mod trust;
