//! What a terminal showed, as a picture: coloured lines to one SVG without scripts.
//!
//! It never invents: each character of the picture was printed by the program or typed at it.

use std::fmt::Write;

/// Height of a line and width of a character at 13 px of a monospaced font.
const LINE: usize = 18;
const CHARACTER: f64 = 7.83;
/// Lines are cut here; what is cut ends in an ellipsis.
const COLUMNS: usize = 128;

/// What was typed and printed so far.
#[derive(Default)]
pub(crate) struct Screen {
    lines: Vec<String>,
}

impl Screen {
    /// A command as a person types it.
    pub(crate) fn typed(&mut self, command: &str) {
        self.lines.push(format!("\u{1b}[1m$ {command}\u{1b}[0m"));
    }

    /// What a program printed, with its colours.
    pub(crate) fn printed(&mut self, text: &str) {
        self.lines.extend(text.lines().map(str::to_owned));
        self.lines.push(String::new());
    }

    /// The picture.
    pub(crate) fn svg(&self) -> String {
        let (width, height) = ((COLUMNS as f64 * CHARACTER) as usize + 32, self.lines.len() * LINE + 24);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
             <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#11151c\"/>\n\
             <g font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"13\" fill=\"#d5dae3\">\n"
        );
        for (n, line) in self.lines.iter().enumerate() {
            let y = 24 + n * LINE;
            let _ = writeln!(svg, "<text x=\"16\" y=\"{y}\" xml:space=\"preserve\">{}</text>", spans(line));
        }
        svg + "</g>\n</svg>\n"
    }
}

/// One line: runs of one colour each.
fn spans(line: &str) -> String {
    let (mut spans, mut column) = (String::new(), 0);
    for (n, part) in line.split("\u{1b}[").enumerate() {
        let (style, text) = if n == 0 { ("0", part) } else { part.split_once('m').unwrap_or(("0", part)) };
        let room = COLUMNS.saturating_sub(column);
        let length = text.chars().count();
        let mut shown: String = text.chars().take(room).collect();
        if length > room && room > 0 {
            shown.pop();
            shown.push('…');
        }
        column += length;
        if !shown.is_empty() {
            let _ = write!(spans, "<tspan{}>{}</tspan>", look(style), escaped(&shown));
        }
    }
    spans
}

/// The colour that an SGR code stands for.
fn look(style: &str) -> &'static str {
    match style {
        "1" => " font-weight=\"bold\" fill=\"#ffffff\"",
        "2" => " fill=\"#7d8796\"",
        "31" => " fill=\"#ff6b68\"",
        "32" => " fill=\"#69d58c\"",
        "33" => " fill=\"#e3b341\"",
        "34" => " fill=\"#79b8ff\"",
        "35" => " fill=\"#d2a8ff\"",
        "36" => " fill=\"#56d4dd\"",
        _ => "",
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn a_line_keeps_its_words_and_colours_and_is_cut_visibly() {
    assert_eq!(
        spans("a\u{1b}[32mb<c\u{1b}[0m d"),
        "<tspan>a</tspan><tspan fill=\"#69d58c\">b&lt;c</tspan><tspan> d</tspan>"
    );
    let long = spans(&"x".repeat(COLUMNS + 1));
    assert!(long.ends_with("…</tspan>") && long.matches('x').count() == COLUMNS - 1, "{long}");
}
