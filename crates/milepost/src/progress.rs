//! Progress on standard error while files are read: how much, how fast, how long still.

use indicatif::{ProgressDrawTarget, ProgressStyle};
use milepost_ingest::input::Progress;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

/// A bar over the bytes of all files; nothing when standard error is no terminal.
pub(crate) struct ProgressBar {
    bar: indicatif::ProgressBar,
    progress: Progress,
}

impl ProgressBar {
    pub(crate) fn new(files: &[PathBuf], progress: &Progress) -> Self {
        let sizes = files.iter().map(|path| std::fs::metadata(path).map(|m| m.len()).ok());
        // Of standard input nobody knows the size.
        let total: Option<u64> = sizes.sum();
        let target =
            if std::io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = indicatif::ProgressBar::with_draw_target(total, target);
        let template = match total {
            Some(_) => "{msg} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{msg} {spinner} {bytes}, {bytes_per_sec}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self { bar, progress: progress.clone() }
    }

    pub(crate) fn file(&self, path: &Path) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        self.bar.set_message(name);
        self.tick();
    }

    pub(crate) fn tick(&self) {
        self.bar.set_position(self.progress.bytes());
    }

    /// Runs something that writes to standard error while the bar is out of the way.
    pub(crate) fn suspend(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
