//! Sentences are made by `say!` and `word!` alone, so that a build for tests can
//! scramble them: see src/say.rs.

use std::{collections::BTreeSet, fs};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::{root, rust_files};

/// What only tests build is read by nobody.
const OTHERS: [&str; 1] = ["src/mutated.rs"];

/// What servers, programs and libraries say, as code that understands them looks
/// for it; and what is stored elsewhere as it is.
const FOREIGN: &str = include_str!("foreign.txt");

/// Whether a person would read it as words: two of them, one after the other.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &str| {
        let word = word.trim_end_matches(['.', ',', ':', ';', '?', '!']);
        word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase())
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)))
}

/// Literals that stand in no `say!` and in no `word!`.
#[derive(Default)]
struct Sentences(Vec<String>);

impl Sentences {
    fn hold(&mut self, text: &str) {
        if is_sentence(text) {
            self.0.push(text.to_owned());
        }
    }

    /// The literals of the values of a text: it stands first itself.
    fn values(&mut self, tokens: TokenStream) {
        self.tokens(tokens.into_iter().skip(1).collect());
    }

    /// The literals of what a macro is given; those of macros in it are theirs.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Literal(literal) => {
                    if let Ok(text) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                        self.hold(&text.value());
                    }
                }
                TokenTree::Ident(name) if is_maker(&name.to_string()) => {
                    let is_macro =
                        matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
                    if is_macro {
                        tokens.next();
                        if let Some(TokenTree::Group(group)) = tokens.next() {
                            self.values(group.stream());
                        }
                    }
                }
                // Documentation.
                TokenTree::Punct(hash) if hash.as_char() == '#' => {
                    tokens.next_if(|token| matches!(token, TokenTree::Group(_)));
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

fn is_maker(name: &str) -> bool {
    matches!(name, "say" | "word")
}

/// A whole file is written as it is, in English in every build.
fn is_file(text: &str) -> bool {
    toml::from_str::<toml::Table>(text).is_ok_and(|table| table.values().any(toml::Value::is_table))
}

/// The log and what stands for a mistake of the program's own.
fn is_for_developers(name: &str) -> bool {
    matches!(
        name,
        "trace" | "debug" | "info" | "warn" | "error" | "unreachable" | "panic" | "debug_assert"
    )
}

impl Visit<'_> for Sentences {
    fn visit_lit_str(&mut self, literal: &syn::LitStr) {
        self.hold(&literal.value());
    }

    fn visit_macro(&mut self, called: &syn::Macro) {
        let name = called.path.segments.last().map(|name| name.ident.to_string());
        if name.as_deref().is_some_and(is_maker) {
            self.values(called.tokens.clone());
        } else if !name.as_deref().is_some_and(is_for_developers) {
            self.tokens(called.tokens.clone());
        }
    }

    // Documentation, and reasons of exceptions; but not the text of an error.
    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if let (true, syn::Meta::List(list)) = (attribute.path().is_ident("error"), &attribute.meta)
        {
            self.tokens(list.tokens.clone());
        }
    }

    fn visit_item_mod(&mut self, module: &syn::ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }
}

#[test]
fn sentences_are_made_by_say() {
    let mut found = BTreeSet::new();
    let files = rust_files("src").into_iter();
    let is_other = |file: &String| OTHERS.iter().any(|other| file.starts_with(other));
    for file in files.filter(|file| !is_other(file) && !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(root().join(&file)).unwrap();
        let mut sentences = Sentences::default();
        sentences.visit_file(&syn::parse_file(&text).unwrap());
        sentences.0.retain(|sentence| !is_file(sentence));
        found.extend(sentences.0.into_iter().map(|sentence| format!("{file} {sentence:?}")));
    }
    let foreign = FOREIGN.lines().filter(|line| !line.starts_with('#'));
    let foreign: BTreeSet<String> = foreign.map(str::to_owned).collect();
    let gone: Vec<_> = foreign.difference(&found).collect();
    assert!(gone.is_empty(), "foreign.txt lists what is not there any more: {gone:#?}");
    let found: BTreeSet<String> = found.difference(&foreign).cloned().collect();
    assert!(found.is_empty(), "made by no say! and no word!: {found:#?}");
}

#[test]
fn a_sentence_is_found_wherever_it_stands() {
    let source = r#"
        fn shown() -> String {
            let a = word!("made right");
            let b = say!("made right: {what}", what = format!("a wrong one"));
            let c = format!("{} and {}", say!("made right"), "one more wrong");
            helper("wrong as well", "GET /api", "{name} {other}")
        }
    "#;
    let mut sentences = Sentences::default();
    sentences.visit_file(&syn::parse_file(source).unwrap());
    assert_eq!(sentences.0, ["a wrong one", "one more wrong", "wrong as well"]);
}
