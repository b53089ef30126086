//! ARCHITECTURE.md names tests: each is there.

use std::{collections::BTreeSet, fs};

use syn::visit::Visit;

use crate::{root, rust_files};

/// The names of all tests.
#[derive(Default)]
struct Tests(BTreeSet<String>);

impl Visit<'_> for Tests {
    fn visit_item_fn(&mut self, function: &syn::ItemFn) {
        let is_test = |attribute: &syn::Attribute| {
            attribute.path().segments.last().is_some_and(|last| last.ident == "test")
        };
        if function.attrs.iter().any(is_test) {
            self.0.insert(function.sig.ident.to_string());
        }
    }
}

#[test]
fn architecture_names_tests_that_exist() {
    let mut tests = Tests::default();
    for file in ["src", "lab", "tests"].into_iter().flat_map(rust_files) {
        let text = fs::read_to_string(root().join(file)).unwrap();
        tests.visit_file(&syn::parse_file(&text).unwrap());
    }
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, invariants) = text.split_once("## Invariants").unwrap();
    // Between backticks; a name of a test has many words.
    let named: Vec<&str> =
        invariants.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).collect();
    assert!(named.len() > 20, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !tests.0.contains(**name)).collect();
    assert!(missing.is_empty(), "these are no tests: {missing:?}");
}
