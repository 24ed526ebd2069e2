//! Registries on disk: what is found below a folder, in which order, and what is said of files that cannot be read.

use milepost_registry::{AGENT_RULES, Diagnostics, read};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

const PRODUCT: &str =
    "apiVersion: milepost/v1\nkind: Product\nmetadata: {name: mail}\nspec: {description: Mail., owner: mail-team}\n";

/// A folder that is gone after the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("registry-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    /// The diagnostics as people see them, with paths from the folder on.
    fn said(&self) -> String {
        let rendered = read(&self.0).diagnostics.render(false);
        rendered.replace(&format!("{}/", self.0.display()), "").replace(&*self.0.to_string_lossy(), "FOLDER")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn first_line(diagnostics: &Diagnostics) -> String {
    diagnostics.render(false).lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_registry_is_read_from_any_layout_and_other_files_are_left_alone() {
    let folder = Folder::new()
        .with("teams/mail/product.yaml", PRODUCT)
        .with("more.yml", "# Nothing yet.\n")
        .with("notes.txt", "not: [yaml")
        .with(".hidden.yaml", "not: [yaml")
        .with(".git/config.yaml", "not: [yaml");
    let outcome = read(&folder.0);
    assert_eq!(outcome.diagnostics.render(false), "");
    assert_eq!(outcome.registry.unwrap().products.len(), 1);
}

#[test]
fn nothing_is_wrong_with_the_examples() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folders = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path());
    let mut count = 0;
    for folder in folders.filter(|path| path.join("product.yaml").exists()) {
        assert_eq!(read(&folder).diagnostics.render(false), "", "{}", folder.display());
        count += 1;
    }
    assert!(count > 0, "no examples");
}

#[test]
fn the_rules_that_ship_are_right_and_a_document_of_their_name_replaces_them() {
    let shipped = read(&Folder::new().with("product.yaml", PRODUCT).0).registry.unwrap();
    assert!(!shipped.rules.is_empty() && AGENT_RULES.contains("name: agents"));
    let own = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";
    let replaced = read(&Folder::new().with("product.yaml", PRODUCT).with("agents.yaml", own).0).registry.unwrap();
    assert!(replaced.rules.is_empty());
}

#[test]
fn a_folder_without_documents_is_no_registry() {
    let expected = "\
error[MPY014]: there is no registry document here
--> FOLDER
 = help: a registry is a folder of YAML files, each with `apiVersion: milepost/v1`

";
    assert_eq!(Folder::new().said(), expected);
    assert_eq!(Folder::new().with("empty.yaml", "---\n# Nothing.\n---\n").said(), expected);
    let own = "apiVersion: milepost/v1\nkind: AnnotationRules\nmetadata: {name: agents}\nspec: {rules: []}\n";
    let without_product = Folder::new().with("agents.yaml", own).said();
    assert!(
        without_product.starts_with("error[MPY014]: the registry has no product\n--> FOLDER\n"),
        "{without_product}"
    );
}

#[test]
fn a_folder_that_is_not_there_or_is_a_file_is_said_to_be() {
    let folder = Folder::new().with("product.yaml", PRODUCT);
    let missing = read(&folder.0.join("missing")).diagnostics;
    assert_eq!(first_line(&missing), "error[MPY001]: there is no such file or folder");
    let file = read(&folder.0.join("product.yaml")).diagnostics;
    assert_eq!(first_line(&file), "error[MPY001]: it is a file: name the folder that holds the registry");
    assert_eq!(missing.records()[0].line, None);
}

#[test]
fn a_file_in_another_encoding_is_shown_where_it_goes_wrong_and_the_rest_is_read() {
    let latin = [PRODUCT.as_bytes(), b"# Gr\xfc\xdfe\n"].concat();
    let folder = Folder::new().with("latin.yaml", latin).with("product.yaml", PRODUCT);
    let expected = "\
error[MPY001]: the file is not UTF-8: no text has this byte
 --> latin.yaml:5:5
  |
5 | # Gr��e
  |     ^
  |
  = help: save the file as UTF-8

";
    assert_eq!(folder.said(), expected);
    let wide: Vec<u8> = std::iter::once(0xfeff).chain(PRODUCT.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let said = Folder::new().with("wide.yaml", wide).said();
    assert!(said.starts_with("error[MPY001]: the file is UTF-16, not UTF-8\n"), "{said}");
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let folder = Folder::new().with("product.yaml", PRODUCT);
    let huge = fs::File::create(folder.0.join("huge.yaml")).unwrap();
    huge.set_len(1 << 40).unwrap();
    let said = folder.said();
    assert!(said.starts_with("error[MPY001]: a registry file has at most 4 MiB"), "{said}");
}

#[test]
fn more_than_a_registry_can_hold_is_refused_file_by_file() {
    let page = format!("{PRODUCT}# {}\n", "x".repeat((4 << 20) - 200));
    let folder = (0..17).fold(Folder::new(), |folder, n| {
        folder.with(&format!("{n:02}.yaml"), if n == 0 { &page } else { &page[PRODUCT.len()..] })
    });
    let outcome = read(&folder.0);
    let records = outcome.diagnostics.records();
    assert_eq!(records.len(), 1, "{}", outcome.diagnostics.render(false));
    assert!(records[0].file.ends_with("16.yaml") && records[0].message.contains("64 MiB in all"));
}

#[test]
fn folders_that_nest_without_end_are_cut_off() {
    let deep = "x/".repeat(20);
    let said = Folder::new().with("product.yaml", PRODUCT).with(&format!("{deep}deep.yaml"), PRODUCT).said();
    assert!(said.starts_with("error[MPY001]: folders nest at most 16 deep in a registry"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_what_never_ends_is_not_read() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new().with("..data/product.yaml", PRODUCT);
    symlink("..data/product.yaml", folder.0.join("product.yaml")).unwrap();
    symlink(".", folder.0.join("loop")).unwrap();
    assert_eq!(folder.said(), "");
    symlink("/dev/zero", folder.0.join("zero.yaml")).unwrap();
    symlink("nowhere", folder.0.join("gone.yaml")).unwrap();
    let said = folder.said();
    assert!(said.contains("it is named like a registry file and is none\n--> zero.yaml"), "{said}");
    assert!(said.contains("there is no such file or folder\n--> gone.yaml"), "{said}");
    assert!(Path::new("/dev/zero").exists());
}
