//! What is known of one Rust file: its tokens, the paths it names, its functions, its header. It judges nothing.

use proc_macro2::TokenStream;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, ItemImpl, ItemTrait, ItemUse, Signature, TraitItemFn, UseTree};

pub use crate::lex::Token;
use crate::lex::flatten;

/// One Rust file, taken apart.
#[derive(Debug, Clone)]
pub struct Source {
    /// Every token, in order.
    pub tokens: Vec<Token>,
    /// The paths named outside test code: `use` lists written out, and every `a::b::c` elsewhere, macros included.
    pub names: Vec<Name>,
    /// The functions outside test code, with the nested ones.
    pub functions: Vec<Function>,
    /// Lines outside test code.
    pub lines: usize,
    /// Modules declared in this file, for tests only, with their text elsewhere.
    pub test_modules: Vec<String>,
}

/// A path as named in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Segments; a glob is `*`, a whole crate under `use` ends in `self`.
    pub segments: Vec<String>,
    /// The other name a `use` gives it.
    pub alias: Option<String>,
    /// Counted from 1.
    pub line: usize,
}

/// One function and its extent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// `name`, or `Type::name` in an `impl` or a trait.
    pub name: String,
    /// Where its signature begins, counted from 1.
    pub line: usize,
    /// From `fn` to the closing brace, both included.
    pub lines: usize,
}

/// Why a file is not Rust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRust {
    /// Counted from 1.
    pub line: usize,
    /// What the parser says.
    pub why: String,
}

impl Source {
    /// Takes a file apart.
    ///
    /// # Errors
    /// When the text is not a Rust file.
    pub fn parse(text: &str) -> Result<Source, NotRust> {
        let stream: TokenStream = text.parse().map_err(|e: proc_macro2::LexError| NotRust {
            line: e.span().start().line,
            why: e.to_string(),
        })?;
        let file: syn::File = syn::parse2(stream.clone())
            .map_err(|e| NotRust { line: e.span().start().line, why: e.to_string() })?;
        let (tokens, test_lines) = flatten(stream);
        let mut facts = Facts { test_lines, owner: None, functions: Vec::new(), names: Vec::new() };
        facts.visit_file(&file);
        facts.names.extend(paths(&tokens));
        let lines = (1..=text.lines().count()).filter(|line| !facts.only_for_tests(*line)).count();
        let test_modules = test_modules(&tokens);
        Ok(Source { tokens, names: facts.names, functions: facts.functions, lines, test_modules })
    }

    /// The tokens outside test code, each with its index in [`Source::tokens`].
    pub fn shipped(&self) -> impl Iterator<Item = (usize, &Token)> {
        self.tokens.iter().enumerate().filter(|(_, token)| !token.test)
    }

    /// The text of the token `n` places before index `i`; empty before the first.
    pub fn before(&self, i: usize, n: usize) -> &str {
        i.checked_sub(n).map_or("", |at| self.text_at(at))
    }

    /// The text of the token at an index; empty past the last.
    pub fn text_at(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |token| token.text.as_str())
    }

    /// Whether the tokens from index `i` on read exactly like this.
    pub fn reads(&self, i: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.text_at(i + n) == *word)
    }
}

/// The text of the `//!` lines that open a file; empty if it opens otherwise.
pub fn header(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Collects what the syntax tree tells better than the tokens do.
struct Facts {
    test_lines: Vec<(usize, usize)>,
    owner: Option<String>,
    functions: Vec<Function>,
    names: Vec<Name>,
}

impl Facts {
    fn only_for_tests(&self, line: usize) -> bool {
        self.test_lines.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }

    fn function(&mut self, signature: &Signature, body: &Block) {
        let line = signature.fn_token.span.start().line;
        if self.only_for_tests(line) {
            return;
        }
        let last = body.brace_token.span.close().end().line;
        let name = match &self.owner {
            Some(owner) => format!("{owner}::{}", signature.ident),
            None => signature.ident.to_string(),
        };
        self.functions.push(Function { name, line, lines: last + 1 - line });
    }

    fn within(&mut self, owner: Option<String>, walk: impl FnOnce(&mut Self)) {
        let outer = std::mem::replace(&mut self.owner, owner);
        walk(self);
        self.owner = outer;
    }

    fn used(&mut self, prefix: &[String], tree: &UseTree, line: usize) {
        let with = |last: String| prefix.iter().cloned().chain([last]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.used(&with(path.ident.to_string()), &path.tree, line),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.used(prefix, item, line)),
            UseTree::Glob(_) => self.names.push(Name { segments: with("*".to_owned()), alias: None, line }),
            UseTree::Name(name) => self.leaf(with(name.ident.to_string()), None, line),
            UseTree::Rename(name) => {
                self.leaf(with(name.ident.to_string()), Some(name.rename.to_string()), line);
            }
        }
    }

    fn leaf(&mut self, mut segments: Vec<String>, alias: Option<String>, line: usize) {
        if segments.len() == 1 {
            segments.push("self".to_owned());
        }
        self.names.push(Name { segments, alias, line });
    }
}

impl<'ast> Visit<'ast> for Facts {
    fn visit_item_fn(&mut self, node: &'ast ItemFn) {
        self.function(&node.sig, &node.block);
        self.within(None, |facts| visit::visit_item_fn(facts, node));
    }

    fn visit_impl_item_fn(&mut self, node: &'ast ImplItemFn) {
        self.function(&node.sig, &node.block);
        self.within(None, |facts| visit::visit_impl_item_fn(facts, node));
    }

    fn visit_trait_item_fn(&mut self, node: &'ast TraitItemFn) {
        if let Some(body) = &node.default {
            self.function(&node.sig, body);
        }
        self.within(None, |facts| visit::visit_trait_item_fn(facts, node));
    }

    fn visit_item_impl(&mut self, node: &'ast ItemImpl) {
        self.within(type_name(&node.self_ty), |facts| visit::visit_item_impl(facts, node));
    }

    fn visit_item_trait(&mut self, node: &'ast ItemTrait) {
        self.within(Some(node.ident.to_string()), |facts| visit::visit_item_trait(facts, node));
    }

    fn visit_item_use(&mut self, node: &'ast ItemUse) {
        let line = node.use_token.span.start().line;
        if !self.only_for_tests(line) {
            self.used(&[], &node.tree, line);
        }
    }
}

/// The last name of a type, through references.
fn type_name(of: &syn::Type) -> Option<String> {
    match of {
        syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        syn::Type::Reference(reference) => type_name(&reference.elem),
        _ => None,
    }
}

/// Every maximal `a::b::c` outside test code; a lone name is a path of one segment.
fn paths(tokens: &[Token]) -> Vec<Name> {
    let mut found: Vec<Name> = Vec::new();
    let shipped: Vec<&Token> = tokens.iter().filter(|token| !token.test).collect();
    for (i, token) in shipped.iter().enumerate().filter(|(_, token)| token.name) {
        let follows = i >= 2 && shipped[i - 1].text == "::" && shipped[i - 2].name;
        match found.last_mut().filter(|_| follows) {
            Some(open) => open.segments.push(token.text.clone()),
            None => found.push(Name { segments: vec![token.text.clone()], alias: None, line: token.line }),
        }
    }
    found
}

/// Every `mod name;` in test code.
fn test_modules(tokens: &[Token]) -> Vec<String> {
    let declared = tokens.windows(3).filter(|w| w[0].test && w[0].text == "mod" && w[2].text == ";");
    declared.map(|w| w[1].text.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        Source::parse(text).unwrap().names.iter().map(|name| name.segments.join("::")).collect()
    }

    #[test]
    fn use_lists_are_written_out() {
        let names = named("use std::{fs, io::{self, Read}, net::*};\nuse rand as dice;");
        for path in ["std::fs", "std::io::self", "std::io::Read", "std::net::*", "rand::self"] {
            assert!(names.contains(&path.to_owned()), "{path} in {names:?}");
        }
    }

    #[test]
    fn paths_are_seen_inside_macros_and_not_inside_tests() {
        let names = named("m!(std::fs::read(x));\n#[cfg(test)]\nmod tests { use std::net::TcpStream; }");
        assert!(names.contains(&"std::fs::read".to_owned()));
        assert!(!names.iter().any(|name| name.contains("net")));
    }

    #[test]
    fn functions_are_named_by_their_type_and_measured_to_the_brace() {
        let text = "struct S;\nimpl S {\n    fn a() {\n        b();\n    }\n}\n#[cfg(test)]\nmod tests {\n    fn c() {}\n}\n";
        let source = Source::parse(text).unwrap();
        assert_eq!(source.functions, [Function { name: "S::a".to_owned(), line: 3, lines: 3 }]);
        assert_eq!(source.lines, 6);
    }

    #[test]
    fn test_modules_elsewhere_are_declared() {
        let source = Source::parse("#[cfg(test)]\nmod proptests;\nmod shipped;").unwrap();
        assert_eq!(source.test_modules, ["proptests"]);
    }

    #[test]
    fn what_is_not_rust_names_its_line() {
        assert_eq!(Source::parse("fn a() {}\nfn {").unwrap_err().line, 2);
    }
}
