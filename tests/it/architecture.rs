//! The floors of `src/lib.rs`: a module may use only what stands below it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// From the top down. Modules on one line do not use each other.
const FLOORS: &[&[&str]] = &[
    &["cli"],
    &["web"],
    &["demo"],
    &["boot"],
    &["collect", "inbound", "manage", "insight"],
    &["commerce"],
    &["flows"],
    &["outbound"],
    &["jobs"],
    &["mail"],
    &["store"],
    &["telemetry"],
    &["domain"],
    &["password", "keys", "config"],
    &["id"],
    &["clock"],
];

/// Arrows that the drawing does not show, each with its reason.
const EXCEPTIONS: &[(&str, &str)] = &[
    // The application is one value that handlers are given; it holds their limiters.
    ("boot", "web"),
    // A query turns ids into arguments.
    ("store", "id"),
];

fn floor(module: &str) -> usize {
    FLOORS.iter().position(|floor| floor.contains(&module)).unwrap_or_else(|| panic!("src/{module} has no floor"))
}

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => sources(&path, found),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn arrows_point_down() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let uses = Regex::new(r"\bcrate::(\{[^}]*\}|\w+)").unwrap();
    let mut upward = BTreeSet::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap();
        let module = path.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["main", "lib"].contains(&module) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        // Tests at a file's foot may build what they like.
        let code = text.split("#[cfg(test)]").next().unwrap();
        for used in uses.captures_iter(code) {
            for name in used[1].trim_matches(['{', '}']).split(',') {
                let name = name.trim().split("::").next().unwrap();
                if name == module || name == "sql" || name.is_empty() {
                    continue;
                }
                let allowed = floor(name) > floor(module) || EXCEPTIONS.contains(&(module, name));
                if !allowed {
                    upward.insert(format!("src/{} uses {name}", path.display()));
                }
            }
        }
    }
    assert!(upward.is_empty(), "arrows that do not point down:\n{}", upward.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn sql_is_only_in_the_store() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files.iter().filter(|f| !f.starts_with(root.join("store"))) {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("sql!("), "{} holds SQL", file.display());
    }
}
