//! How long files and functions are.

use std::{collections::BTreeSet, fs};

use syn::{spanned::Spanned, visit::Visit};

use crate::{hold_against_today, root, rust_files};

/// The most lines of a file.
const FILE: usize = 430;
/// The most lines of a function.
const FUNCTION: usize = 60;

/// The most fields of a struct of the engine.
const FIELDS: usize = 12;

const FOLDERS: [&str; 6] = ["src", "lab", "testkit", "tests", "examples", "benches"];

#[test]
fn files_are_short() {
    let mut long = BTreeSet::new();
    for file in FOLDERS.into_iter().flat_map(rust_files) {
        let lines = fs::read_to_string(root().join(&file)).unwrap().lines().count();
        if lines > FILE {
            long.insert(file);
        }
    }
    hold_against_today("file", &long);
}

/// Notes the functions that are too long.
struct Functions(Vec<String>);

impl Functions {
    fn look(&mut self, name: &syn::Ident, whole: proc_macro2::Span) {
        if whole.end().line - whole.start().line + 1 > FUNCTION {
            self.0.push(name.to_string());
        }
    }
}

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        self.look(&function.sig.ident, function.block.span());
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &syn::ImplItemFn) {
        self.look(&function.sig.ident, function.block.span());
        syn::visit::visit_impl_item_fn(self, function);
    }
}

#[test]
fn functions_are_short() {
    let mut long = BTreeSet::new();
    for file in FOLDERS.into_iter().flat_map(rust_files) {
        let parsed = syn::parse_file(&fs::read_to_string(root().join(&file)).unwrap()).unwrap();
        let mut functions = Functions(Vec::new());
        functions.visit_file(&parsed);
        long.extend(functions.0.iter().map(|name| format!("{file} {name}")));
    }
    hold_against_today("function", &long);
}

/// Notes the structs that have too many fields.
struct Structs(Vec<String>);

impl Visit<'_> for Structs {
    fn visit_item_struct(&mut self, item: &syn::ItemStruct) {
        if item.fields.len() > FIELDS {
            self.0.push(item.ident.to_string());
        }
    }
}

#[test]
fn structs_of_the_engine_are_small() {
    let mut large = BTreeSet::new();
    for file in rust_files("src/wizard") {
        let parsed = syn::parse_file(&fs::read_to_string(root().join(&file)).unwrap()).unwrap();
        let mut structs = Structs(Vec::new());
        structs.visit_file(&parsed);
        large.extend(structs.0.iter().map(|name| format!("{file} {name}")));
    }
    hold_against_today("struct", &large);
}
