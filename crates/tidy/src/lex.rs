//! Rust text as a flat list of tokens, each knowing its line and whether it is test code. No macro is expanded: what a
//! macro's body names is seen as it is written, which is what the rules want.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// One token. A `::` is one token; strings and comments keep no inner tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// As written.
    pub text: String,
    /// Counted from 1.
    pub line: usize,
    /// A name or keyword, and not a sign, bracket or literal.
    pub name: bool,
    /// Inside something that only tests compile.
    pub test: bool,
}

/// The tokens of a file in order, and the line ranges (first, last) that only tests compile.
pub(crate) fn flatten(stream: TokenStream) -> (Vec<Token>, Vec<(usize, usize)>) {
    let mut walk = Walk::default();
    walk.stream(stream, false);
    (walk.tokens, walk.test_lines)
}

#[derive(Default)]
struct Walk {
    depth: usize,
    tokens: Vec<Token>,
    test_lines: Vec<(usize, usize)>,
}

/// An item under a test attribute, not yet at its end.
struct Open {
    first_line: usize,
    keyword: bool,
}

impl Walk {
    /// Walks one nesting level. Test code begins at a test attribute and ends with its item; `#![cfg(test)]` counts at
    /// the top of a file alone.
    fn stream(&mut self, stream: TokenStream, outer_test: bool) {
        let mut whole_file_test = outer_test;
        let mut open: Option<Open> = None;
        let mut before = [String::new(), String::new()];
        for tree in stream {
            let line = tree.span().start().line;
            if let Some(attribute) = attribute(&tree, &before).filter(|group| only_for_tests(group)) {
                if before[1] == "!" && self.depth == 0 {
                    whole_file_test = true;
                    self.test_lines.push((1, usize::MAX));
                } else if before[1] == "#" && open.is_none() {
                    open = Some(Open { first_line: attribute.span_open().start().line, keyword: false });
                }
            }
            let ends = open.as_mut().is_some_and(|open| ends_item(open, &tree, &before));
            let last_line = tree.span().end().line;
            before = [std::mem::take(&mut before[1]), head(&tree)];
            self.tree(tree, line, whole_file_test || open.is_some());
            if let Some(done) = open.take_if(|_| ends) {
                self.test_lines.push((done.first_line, last_line));
            }
        }
    }

    fn tree(&mut self, tree: TokenTree, line: usize, test: bool) {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = brackets(group.delimiter());
                self.push(open.to_owned(), line, false, test);
                let last = group.span_close().end().line;
                self.depth += 1;
                self.stream(group.stream(), test);
                self.depth -= 1;
                self.push(close.to_owned(), last, false, test);
            }
            TokenTree::Ident(name) => self.push(name.to_string(), line, true, test),
            TokenTree::Literal(literal) => self.push(literal.to_string(), line, false, test),
            TokenTree::Punct(sign) if sign.as_char() == ':' && sign.spacing() == Spacing::Alone => {
                match self.tokens.last_mut().filter(|last| last.text == ":" && !last.name) {
                    Some(last) => last.text.push(':'),
                    None => self.push(":".to_owned(), line, false, test),
                }
            }
            TokenTree::Punct(sign) => self.push(sign.to_string(), line, false, test),
        }
    }

    fn push(&mut self, text: String, line: usize, name: bool, test: bool) {
        self.tokens.push(Token { text, line, name, test });
    }
}

/// The bracket group of an attribute, if this tree is one: `#[..]` or `#![..]`.
fn attribute<'a>(tree: &'a TokenTree, before: &[String; 2]) -> Option<&'a Group> {
    let TokenTree::Group(group) = tree else { return None };
    let outer = before[1] == "#";
    let inner = before[1] == "!" && before[0] == "#";
    (group.delimiter() == Delimiter::Bracket && (outer || inner)).then_some(group)
}

/// Whether an attribute keeps its item out of every build but tests: `test`, `cfg(test)`, `cfg(all(test, ..))`,
/// `tokio::test`. `cfg(any(test, ..))` does not: the other condition ships it.
fn only_for_tests(attribute: &Group) -> bool {
    let text: String = attribute.stream().to_string().chars().filter(|c| !c.is_whitespace()).collect();
    let all = text.strip_prefix("cfg(all(").and_then(|rest| rest.strip_suffix("))"));
    text == "test"
        || text == "cfg(test)"
        || text.ends_with("::test")
        || all.is_some_and(|list| list.split(',').any(|condition| condition == "test"))
}

/// Whether the open item ends with this tree: at its body, its `;`, or, for a field or an arm, its comma.
fn ends_item(open: &mut Open, tree: &TokenTree, before: &[String; 2]) -> bool {
    const KEYWORDS: [&str; 11] =
        ["fn", "mod", "impl", "struct", "enum", "use", "trait", "const", "static", "type", "let"];
    match tree {
        TokenTree::Ident(name) => {
            open.keyword |= KEYWORDS.contains(&name.to_string().as_str());
            false
        }
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && before[1] != "<",
        TokenTree::Punct(sign) => sign.as_char() == ';' || (sign.as_char() == ',' && !open.keyword),
        TokenTree::Literal(_) => false,
    }
}

/// A short text of a tree, enough to recognise what stands before another.
fn head(tree: &TokenTree) -> String {
    match tree {
        TokenTree::Punct(sign) => sign.as_char().to_string(),
        TokenTree::Ident(name) => name.to_string(),
        TokenTree::Group(_) | TokenTree::Literal(_) => String::new(),
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(text: &str) -> String {
        let (tokens, _) = flatten(text.parse().unwrap());
        tokens.iter().filter(|t| !t.test && t.name).map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn test_items_end_where_they_end() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b<X, Y>() { c } }\nfn d() {}";
        assert_eq!(shipped(text), "fn a fn d");
    }

    #[test]
    fn generic_test_functions_and_fields_end_where_they_end() {
        assert_eq!(shipped("#[cfg(test)] fn b<X, Y>() { c } fn d() {}"), "fn d");
        assert_eq!(shipped("struct S { #[cfg(test)] seen: u8, left: u8 }"), "struct S left u8");
        assert_eq!(shipped("#[cfg(test)] use a::b; use c::d;"), "use c d");
    }

    #[test]
    fn an_inner_attribute_speaks_for_the_file_at_its_top_only() {
        assert_eq!(shipped("#![cfg(test)] fn a() {}"), "");
        let nested = flatten("mod m { #![cfg(test)] fn a() {} } fn b() {}".parse().unwrap());
        assert!(nested.1.is_empty() && nested.0.iter().all(|token| !token.test));
    }

    #[test]
    fn what_another_feature_ships_is_not_test_code() {
        assert_eq!(shipped("#[cfg(any(test, feature = \"x\"))] fn a() {}"), "cfg any test feature fn a");
        assert_eq!(shipped("#[cfg(all(test, unix))] fn a() {}"), "");
    }

    #[test]
    fn a_path_separator_is_one_token() {
        let (tokens, _) = flatten("a::b: c".parse().unwrap());
        let texts: Vec<_> = tokens.iter().map(|t| t.text.as_str()).collect();
        assert_eq!(texts, ["a", "::", "b", ":", "c"]);
    }
}
