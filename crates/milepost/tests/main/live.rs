//! The server as a process: started, asked, killed and started again; with real clients, a real product and a real scraper.

mod alertmanager;
mod backtest;
mod backup;
mod changes;
mod clients;
mod disk;
mod edits;
mod faults;
mod first;
mod kills;
mod mail;
mod overload;
mod pages;
mod process;
mod prometheus;
mod prometheus_source;
mod receivers;
mod secrets;
mod settings;
mod silences;
mod status;
mod sync;
mod tokens;
mod traces;
mod trust;
