//! A registry as a git revision has it, read with the `git` program: nothing is checked out, and nothing is written.
//!
//! Knows how to ask git for the files of a folder, within the bounds of a registry; what they mean is read elsewhere. Called by `diff`.

use crate::output;
use anyhow::{Context as _, bail};
use milepost_registry::{MAX_FILE_BYTES, MAX_FILES, MAX_REGISTRY_BYTES, Outcome};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Most bytes of a list of files that are read: a folder with more is no registry.
const MAX_LIST_BYTES: u64 = 64 << 20;
/// Longest line with which git announces an object: an id, a type and a size have less.
const MAX_HEADER_BYTES: u64 = 256;

/// A folder of a git revision.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Revision<'t> {
    revision: &'t str,
    folder: &'t str,
}

/// A file of a revision.
struct File {
    object: String,
    path: String,
}

impl<'t> Revision<'t> {
    /// What `REVISION:FOLDER` names; none for a folder on disk, which an existing one always is.
    pub(crate) fn of(text: &'t str) -> anyhow::Result<Option<Self>> {
        if Path::new(text).exists() {
            return Ok(None);
        }
        let Some((revision, folder)) = split(text) else { return Ok(None) };
        // `-` would be an option, and without a revision git would look into its index.
        if revision.is_empty() || revision.starts_with('-') {
            bail!("`{text}` begins with no git revision\nhelp: write REVISION:FOLDER, such as `HEAD~1:registry`");
        }
        Ok(Some(Self { revision, folder: folder.trim_end_matches('/') }))
    }

    /// Reads the registry in the folder.
    pub(crate) fn read(&self) -> anyhow::Result<Outcome> {
        let files = self.files(&self.tree()?)?;
        let mut objects = Objects::open()?;
        let mut texts = Vec::new();
        let mut room = MAX_REGISTRY_BYTES;
        for file in files {
            let path = format!("{}:{}", self.revision, self.below(&file.path));
            let bytes = objects.read(&file.object, room).with_context(|| format!("cannot read `{path}` from git"))?;
            room -= bytes.len();
            let Ok(text) = String::from_utf8(bytes) else { bail!("`{path}` is not UTF-8") };
            texts.push((path, text));
        }
        objects.close();
        Ok(milepost_registry::read_texts(texts.iter().map(|(path, text)| (&**path, &**text))))
    }

    /// The path of a file from the root of the repository.
    fn below(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    /// The object that is the folder.
    fn tree(&self) -> anyhow::Result<String> {
        let Self { revision, folder } = self;
        if object(&format!("{revision}^{{tree}}"))?.is_none() {
            bail!(
                "there is no git revision `{revision}` here\nhelp: `git log --oneline` and `git branch --all` list what there is"
            );
        }
        let Some(found) = object(&format!("{revision}:{folder}"))? else {
            bail!(
                "revision `{revision}` has no folder `{folder}`\nhelp: folders are named from the root of the repository; `git ls-tree {revision}` lists them"
            );
        };
        match object(&format!("{found}^{{tree}}"))? {
            Some(tree) => Ok(tree),
            None => bail!("`{revision}:{folder}` is a file: name the folder that holds the registry"),
        }
    }

    /// The registry files of a folder, in the order of their paths, as on disk: no hidden ones, and no links.
    fn files(&self, tree: &str) -> anyhow::Result<Vec<File>> {
        let mut child = git(&["ls-tree", "-r", "-z", "--full-tree", tree]).spawn().map_err(no_git)?;
        let mut list = Vec::new();
        let read = child.stdout.take().map_or(Ok(0), |out| out.take(MAX_LIST_BYTES + 1).read_to_end(&mut list));
        let is_whole = read.context("cannot read what git lists")? as u64 <= MAX_LIST_BYTES;
        // What is left unread ends git.
        let status = child.wait().context("cannot wait for git")?;
        if !is_whole || !status.success() {
            bail!("git cannot list the files of `{}:{}`, or there are too many", self.revision, self.folder);
        }
        let entries = || list.split(|byte| *byte == 0);
        for path in entries().filter_map(link) {
            let path = format!("{}:{}", self.revision, self.below(&path));
            output::note(&format!("warning: `{path}` is a link; it is not followed in a git revision\n"));
        }
        let mut files: Vec<File> = entries().filter_map(file).collect();
        if files.len() > MAX_FILES {
            bail!("a registry has at most {MAX_FILES} files, and `{}:{}` has more", self.revision, self.folder);
        }
        files.sort_by(|a, b| Path::new(&a.path).cmp(Path::new(&b.path)));
        Ok(files)
    }
}

/// Splits at the first colon that is not within braces, as in `main@{2026-01-31 14:05}:registry`.
fn split(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    None
}

/// An entry `MODE TYPE OBJECT<tab>PATH`, when it is a registry file.
fn file(entry: &[u8]) -> Option<File> {
    let entry = String::from_utf8_lossy(entry);
    let (about, path) = entry.split_once('\t')?;
    let mut about = about.split(' ');
    let is_file = about.next()?.starts_with("100") && about.next()? == "blob";
    let object = about.next()?.to_owned();
    (is_file && is_yaml(path) && !is_hidden(path)).then(|| File { object, path: path.to_owned() })
}

/// The path of an entry, when it is a link that may stand for registry files: to one, or to a folder.
fn link(entry: &[u8]) -> Option<String> {
    let entry = String::from_utf8_lossy(entry);
    let (about, path) = entry.split_once('\t')?;
    let may_matter = is_yaml(path) || Path::new(path).extension().is_none();
    (about.starts_with("120000 ") && may_matter && !is_hidden(path)).then(|| path.to_owned())
}

fn is_yaml(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e == "yaml" || e == "yml")
}

fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with('.'))
}

/// The full name of an object, when there is one.
fn object(name: &str) -> anyhow::Result<Option<String>> {
    let output = git(&["rev-parse", "--verify", "--quiet", "--end-of-options", name]).output().map_err(no_git)?;
    let said = String::from_utf8_lossy(&output.stderr);
    // Of a name that does not exist it says nothing with `--quiet`, or that the path does not.
    let is_trouble = ["not a git repository", "dubious ownership", "bad config"].iter().any(|t| said.contains(t));
    if is_trouble {
        bail!("git: {}", said.trim().trim_start_matches("fatal: "));
    }
    let found = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok((output.status.success() && !found.is_empty()).then_some(found))
}

/// Contents of objects, one after the other.
struct Objects {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    fn open() -> anyhow::Result<Self> {
        let mut child = git(&["cat-file", "--batch"]).stdin(Stdio::piped()).spawn().map_err(no_git)?;
        let (Some(questions), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("git has no input or output");
        };
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    /// Asks for one object and waits for it, so that neither side waits for the other to read.
    fn read(&mut self, object: &str, room: usize) -> anyhow::Result<Vec<u8>> {
        writeln!(self.questions, "{object}")?;
        self.questions.flush()?;
        let mut header = String::new();
        self.answers.by_ref().take(MAX_HEADER_BYTES).read_line(&mut header)?;
        let size = header.trim_end().rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let Some(size) = size.filter(|_| header.contains(" blob ")) else { bail!("git says: {}", header.trim_end()) };
        if size > MAX_FILE_BYTES {
            bail!("a registry file has at most {} MiB, this one has more: split it", MAX_FILE_BYTES >> 20);
        }
        if size > room {
            bail!("a registry has at most {} MiB in all, and this file is beyond that", MAX_REGISTRY_BYTES >> 20);
        }
        let mut bytes = vec![0; size];
        self.answers.read_exact(&mut bytes)?;
        let mut end = [0];
        self.answers.read_exact(&mut end)?;
        Ok(bytes)
    }

    fn close(self) {
        let Self { mut child, questions, answers } = self;
        // The end of its input ends it.
        drop((questions, answers));
        let _ = child.wait();
    }
}

/// Git, told to ask nothing of anybody and to speak English.
fn git(arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(arguments).env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn no_git(error: io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            anyhow::anyhow!(
                "the program `git` is not there, and REVISION:FOLDER is read with it\nhelp: install git, or name a folder"
            )
        }
        _ => anyhow::Error::new(error).context("cannot run git"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_ends_at_the_first_colon_outside_of_braces() {
        assert_eq!(split("HEAD~1:examples/mail"), Some(("HEAD~1", "examples/mail")));
        assert_eq!(split("main@{2026-01-31 14:05}:a:b"), Some(("main@{2026-01-31 14:05}", "a:b")));
        assert_eq!(split("registry"), None);
    }

    #[test]
    fn only_files_that_a_folder_would_be_read_with_are_read() {
        let path = |entry: &str| file(entry.as_bytes()).map(|file| file.path);
        assert_eq!(path("100644 blob 1f\ta/b.yaml"), Some("a/b.yaml".to_owned()));
        for other in
            ["120000 blob 1f\ta.yaml", "160000 commit 1f\ta.yaml", "100644 blob 1f\t.a/b.yaml", "100644 blob 1f\ta.md"]
        {
            assert_eq!(path(other), None, "{other}");
        }
    }

    #[test]
    fn a_link_that_may_stand_for_registry_files_is_told() {
        assert_eq!(link(b"120000 blob 1f\ta/b.yaml"), Some("a/b.yaml".to_owned()));
        assert_eq!(link(b"120000 blob 1f\tshared"), Some("shared".to_owned()));
        for other in ["100644 blob 1f\ta.yaml", "120000 blob 1f\ta.md", "120000 blob 1f\t.a/b.yaml"] {
            assert_eq!(link(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn what_git_would_take_for_an_option_is_no_revision() {
        for text in ["-x:registry", "--upload-pack=x:registry", ":registry"] {
            assert!(Revision::of(text).is_err(), "{text}");
        }
        assert_eq!(Revision::of("HEAD:a/").unwrap(), Some(Revision { revision: "HEAD", folder: "a" }));
    }
}
