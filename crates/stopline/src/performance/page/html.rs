//! The few forms of HTML that the page is made of.
//!
//! No text gets into one unescaped.

/// Headings of columns that hold no numbers.
const LEFT: &[&str] = &[
    "",
    "#",
    "Bot",
    "Contract",
    "Side",
    "Opened",
    "By",
    "Closed",
    "From",
    "Decision",
    "Entry order",
    "Exit orders",
    "Reason",
    "Figure",
    "Value",
];

/// Text that cannot be taken for markup, in an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// An element around a text.
pub(super) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// A table that scrolls by itself on a narrow screen. A row with a number above zero is the trade of that number.
pub(super) fn table(heading: &[&str], rows: impl Iterator<Item = (u64, Vec<String>)>) -> String {
    let head = |name: &&str| {
        let class = if LEFT.contains(name) { "" } else { " class=\"n\"" };
        format!("<th{class}>{}</th>", escape(name))
    };
    let heading: String = heading.iter().map(head).collect();
    let rows: String = rows
        .map(|(number, cells)| {
            let mark = if number > 0 { format!(" data-trade=\"{number}\"") } else { String::new() };
            format!("<tr{mark}>{}</tr>\n", cells.concat())
        })
        .collect();
    format!(
        "<div class=\"scroll\"><table><thead><tr>{heading}</tr></thead><tbody>\n{rows}</tbody></table></div>"
    )
}

/// The class of an amount: it has its sign as well, so that no colour says what the text does not.
pub(super) const fn tone(amount: i64) -> &'static str {
    match amount {
        0 => "",
        n if n > 0 => "good",
        _ => "bad",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_markup() {
        assert_eq!(element("td", "<b>\"a\" & 'b'"), "<td>&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;</td>");
        assert!(
            table(&["<i>"], [(1, vec![element("td", "</table>")])].into_iter()).contains("&lt;/table&gt;")
        );
    }
}
