//! Settings, arguments and tapes that cannot be meant.
//!
//! Nothing is made before all of them are read: not even the data directory.

use std::path::Path;

use crate::assert_one_line;
use crate::stage::{BUSY, Place};

const SETTINGS: &[(&str, &str, &[&str])] = &[
    (
        "an unknown key",
        "[limits]\ndaly_loss = 5\n",
        &["stopline.toml:2: ", "unknown key `limits.daly_loss`", "did you mean `limits.daily_loss`?"],
    ),
    ("an unknown section", "[limit]\ndaily_loss = 5\n", &["stopline.toml:1: ", "`limit`"]),
    (
        "a negative limit",
        "[limits]\n\ndaily_loss = -5\n",
        &["stopline.toml:3: ", "`limits.daily_loss = -5`", "must be above zero", "choose"],
    ),
    ("a negative count", "[limits]\nmax_order_lots = -1\n", &["stopline.toml:2: ", "must be above zero"]),
    (
        "a trade that may lose more than a day",
        "[limits]\nrisk_per_trade = 5000\n",
        &[
            "stopline.toml: ",
            "`limits.risk_per_trade` and `limits.daily_loss`",
            "lower the first or raise the second",
        ],
    ),
    (
        "an order larger than the instrument's limit",
        "[limits]\nmax_order_lots = 9\n",
        &["`limits.max_order_lots` and `limits.max_instrument_lots`", "contradict", "lower the first"],
    ),
    (
        "a comparison faster than an answer",
        "[timings]\ndetect = \"1s\"\n",
        &["`timings.detect` and `timings.answer`", "raise the first"],
    ),
    (
        "two bots of one name",
        "[[bots]]\nname = \"a\"\n[[bots]]\nname = \"a\"\n",
        &["`bots.name`", "give each bot a name of its own"],
    ),
    ("no TOML", "[limits\n", &["stopline.toml:1: not TOML", "correct the line"]),
    (
        "a number without its unit",
        "[timings]\nanswer = 2\n",
        &["stopline.toml:2: ", "`timings.answer = 2`", "\"2s\""],
    ),
];

const ARGUMENTS: &[(&[&str], &[&str])] = &[
    (&["explode"], &["'explode'", "--help"]),
    (&["run", "--sped", "60"], &["'--sped'", "'--speed'", "--help"]),
    (&["run", "--speed", "fast"], &["--speed", "fast", "whole number"]),
    (&["run", "--speed", "0"], &["--speed", "above zero"]),
    (&["run", "--speed", "5000"], &["--speed", "1000"]),
    (&["run", "--for", "soon"], &["--for", "soon", "90s"]),
    (&["run", "--tape", "es.dbn"], &["--symbol"]),
    (&["pause", "two words"], &["two words"]),
    (&["explain"], &["<ID>"]),
];

#[test]
fn settings_that_cannot_be_meant_are_refused_before_anything_is_made() {
    for (case, config, wanted) in SETTINGS {
        let place = Place::new(config);
        for command in ["run", "flatten"] {
            assert_one_line(&place.stopline(&[command]), 2, wanted, case);
        }
        assert!(!place.data().exists(), "{case}");
    }
}

#[test]
fn settings_changed_under_a_sound_ledger_touch_it_in_no_way() {
    let place = Place::new(BUSY);
    std::fs::create_dir(place.data()).unwrap();
    std::fs::write(place.file("ledger.sqlite"), b"anything").unwrap();
    place.configure("[limits]\ndaily_loss = -5\n");
    assert_one_line(&place.stopline(&["run"]), 2, &["stopline.toml:2"], "a negative limit");
    assert_eq!(std::fs::read_dir(place.data()).unwrap().count(), 1);
}

#[test]
fn arguments_that_cannot_be_meant_are_refused_in_one_line() {
    let place = Place::new("");
    for (arguments, wanted) in ARGUMENTS {
        assert_one_line(&place.stopline(arguments), 2, wanted, &arguments.join(" "));
    }
    assert!(!place.data().exists());
}

#[test]
fn without_an_engine_its_commands_say_how_to_start_one() {
    let place = Place::new("");
    for command in [&["status"][..], &["flatten"], &["pause"], &["resume"], &["stop"], &["venue", "book"]] {
        assert_one_line(&place.stopline(command), 4, &["stopline run"], &command.join(" "));
    }
}

const HEADER: &str = "ts_event,symbol,open,high,low,close,volume\n";
const BAR: &str = "2024-11-04T14:30:00Z,ESZ4,5750.00,5751.00,5749.00,5750.50,100\n";

/// Text of a tape that is cut or foreign, and what is said about it.
fn tapes() -> Vec<(&'static str, String, &'static [&'static str])> {
    let later = BAR.replace("14:30", "14:31");
    vec![
        (
            "cut",
            format!("{HEADER}{BAR}{}", &later[..40]),
            &["tape.csv is cut short at line 3", "fetch it again"],
        ),
        (
            "foreign",
            "date;price\n1;2\n".to_owned(),
            &["tape.csv holds", "ts_event,symbol,open,high,low,close,volume"],
        ),
        ("empty", HEADER.to_owned(), &["tape.csv holds no bars", "fetch it again"]),
        (
            "of another contract",
            format!("{HEADER}{}", BAR.replace("ESZ4", "NQZ4")),
            &["no bar of ESZ4", "NQZ4"],
        ),
        (
            "wrong in one price, far from its beginning",
            format!("{HEADER}{BAR}{}", later.replace("5750.50", "5750.51")),
            &["tape.csv, line 3: close", "5750.51"],
        ),
        (
            "out of order",
            format!("{HEADER}{later}{BAR}"),
            &["tape.csv, line 3: ts_event", "sort the file by time"],
        ),
    ]
}

#[test]
fn a_tape_that_is_cut_or_foreign_is_refused_before_anything_is_made() {
    let place = Place::new("");
    for (case, text, wanted) in tapes() {
        std::fs::write(place.root().join("tape.csv"), text).unwrap();
        let said = place.stopline(&["run", "--tape", "tape.csv", "--symbol", "ESZ4", "--for", "1s"]);
        assert_one_line(&said, 2, wanted, case);
    }
    let said = place.stopline(&["run", "--tape", "none.csv", "--symbol", "ESZ4"]);
    assert_one_line(&said, 2, &["none.csv cannot be opened", "check the path"], "no file");
    assert!(!place.data().exists());
}

#[test]
fn a_tape_cut_inside_its_compression_is_refused() {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/es_nq_2024_2025");
    let find = |dir: &Path| -> Option<std::path::PathBuf> {
        let mut files = std::fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
        files.find(|file| file.to_string_lossy().ends_with(".dbn.zst"))
    };
    let Some(real) = find(Path::new(shared)) else {
        return crate::stage::skip("a_tape_cut_inside_its_compression_is_refused", "no shared data");
    };
    let place = Place::new("");
    let bytes = std::fs::read(real).unwrap();
    std::fs::write(place.root().join("cut.dbn.zst"), &bytes[..bytes.len() / 2]).unwrap();
    let said = place.stopline(&["run", "--tape", "cut.dbn.zst", "--symbol", "ESZ4", "--for", "1s"]);
    assert_one_line(&said, 2, &["cut.dbn.zst is cut short at record", "fetch it again"], "a cut archive");
    assert!(!place.data().exists());
}
