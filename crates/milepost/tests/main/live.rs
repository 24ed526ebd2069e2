//! The server as a process: started, asked, killed and started again.

mod kills;
mod process;
