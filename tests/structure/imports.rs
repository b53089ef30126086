//! Which module names which: every path in the source that begins with
//! `crate` or `super`, in `use` or elsewhere. What only tests import does not
//! count.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use syn::{UseTree, visit::Visit};

use crate::{root, rust_files};

/// Where a name of a module is really from: what it re-exports.
type Exports = BTreeMap<Vec<String>, BTreeMap<String, Vec<String>>>;

/// Every import: from a module, to a path in the crate.
pub struct Imports {
    pub all: BTreeSet<(Vec<String>, Vec<String>)>,
    exports: Exports,
    modules: BTreeSet<Vec<String>>,
}

impl Imports {
    /// Those of the whole source.
    pub fn read() -> Self {
        let mut reader = Reader::default();
        for file in rust_files("src") {
            if file.ends_with("tests.rs") {
                continue;
            }
            let parsed = syn::parse_file(&fs::read_to_string(root().join(&file)).unwrap()).unwrap();
            reader.module = module_of(&file);
            reader.modules.insert(reader.module.clone());
            reader.visit_file(&parsed);
        }
        Self { all: reader.imports, exports: reader.exports, modules: reader.modules }
    }

    /// The module that a path leads to, past re-exports.
    pub fn module(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        // A chain of re-exports is short.
        for _ in 0..8 {
            let Some(at) = (0..path.len()).rev().find(|at| self.modules.contains(&path[..*at]))
            else {
                return Vec::new();
            };
            let reexported = self.exports.get(&path[..at]).and_then(|names| names.get(&path[at]));
            match reexported {
                Some(from) => path = from.iter().chain(&path[at + 1..]).cloned().collect(),
                None => return path[..at].to_vec(),
            }
        }
        panic!("{path:?} is re-exported in a circle")
    }
}

/// The module of a file: `src/a/b.rs` and `src/a/b/mod.rs` are `a::b`.
fn module_of(file: &str) -> Vec<String> {
    let path = file.trim_start_matches("src/").trim_end_matches(".rs");
    let parts = path.split('/').filter(|part| !matches!(*part, "mod" | "lib"));
    parts.map(str::to_owned).collect()
}

#[derive(Default)]
struct Reader {
    module: Vec<String>,
    modules: BTreeSet<Vec<String>>,
    imports: BTreeSet<(Vec<String>, Vec<String>)>,
    exports: Exports,
}

impl Reader {
    /// The path from the root of the crate, if it is one of the crate.
    fn absolute(&self, path: &[String]) -> Option<Vec<String>> {
        let mut at = match path.first()?.as_str() {
            "crate" => Vec::new(),
            "self" => self.module.clone(),
            "super" => self.module[..self.module.len().checked_sub(1)?].to_vec(),
            // A module of the file itself, as in `pub use child::Name`.
            child => {
                let mut inner = self.module.clone();
                inner.push(child.to_owned());
                return Some(inner.into_iter().chain(path[1..].iter().cloned()).collect());
            }
        };
        let mut rest = &path[1..];
        while rest.first().is_some_and(|part| part == "super") {
            at.pop();
            rest = &rest[1..];
        }
        at.extend(rest.iter().cloned());
        Some(at)
    }

    fn note(&mut self, path: &[String]) {
        if matches!(path[0].as_str(), "crate" | "super" | "self")
            && let Some(absolute) = self.absolute(path)
        {
            self.imports.insert((self.module.clone(), absolute));
        }
    }

    fn take(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            UseTree::Path(path) => self.take(&path.tree, &with(&path.ident), is_public),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.take(tree, before, is_public));
            }
            UseTree::Name(name) if name.ident == "self" => self.note(before),
            UseTree::Name(name) => self.name(&with(&name.ident), &name.ident, is_public),
            UseTree::Rename(name) => self.name(&with(&name.ident), &name.rename, is_public),
            UseTree::Glob(_) => self.note(before),
        }
    }

    fn name(&mut self, path: &[String], name: &syn::Ident, is_public: bool) {
        self.note(path);
        if is_public && let Some(absolute) = self.absolute(path) {
            let names = self.exports.entry(self.module.clone()).or_default();
            names.insert(name.to_string(), absolute);
        }
    }
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
    })
}

impl Visit<'_> for Reader {
    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        if !is_for_tests(&item.attrs) {
            self.take(&item.tree, &[], !matches!(item.vis, syn::Visibility::Inherited));
        }
    }

    fn visit_item_mod(&mut self, item: &syn::ItemMod) {
        if is_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        if item.content.is_some() {
            self.modules.insert(self.module.clone());
        }
        syn::visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        if parts.len() > 1 {
            self.note(&parts);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &syn::Visibility) {
        // `pub(in crate::wizard)` imports nothing.
    }
}
