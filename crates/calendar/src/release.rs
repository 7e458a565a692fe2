//! Scheduled news that moves markets: which release comes out at which moment, from `data/releases.toml`.
//!
//! It knows days that were written down and no rule to make up another: a day outside what the data covers is an error.

use jiff::civil::{Date, Time};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use stopline_kernel::time::ExchangeTime;

use crate::data::{Confidence, RELEASES, ReleaseDays, ReleaseEntry, ReleaseFile, Sources, bad};
use crate::day::{moment, parse_date, parse_time};
use crate::error::CalendarError;

/// The releases that the data knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReleaseKind {
    /// The Consumer Price Index of the United States.
    Cpi,
    /// The Employment Situation of the United States, with the non-farm payrolls.
    Nfp,
    /// A scheduled decision of the Federal Reserve on rates.
    Fomc,
    /// The weekly report on natural gas in storage.
    EiaGas,
}

impl ReleaseKind {
    /// All of them.
    pub const ALL: [ReleaseKind; 4] =
        [ReleaseKind::Cpi, ReleaseKind::Nfp, ReleaseKind::Fomc, ReleaseKind::EiaGas];

    /// As the data file names it.
    pub const fn word(self) -> &'static str {
        match self {
            ReleaseKind::Cpi => "CPI",
            ReleaseKind::Nfp => "NFP",
            ReleaseKind::Fomc => "FOMC",
            ReleaseKind::EiaGas => "EIA_GAS",
        }
    }
}

/// One scheduled release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// When it comes out.
    pub at: ExchangeTime,
    /// What.
    pub kind: ReleaseKind,
    /// How far its moment can be trusted.
    pub confidence: Confidence,
}

/// Every release, checked.
#[derive(Debug)]
pub(crate) struct Releases {
    /// In order of time, each with the day on which it comes out where it comes out.
    all: Vec<(Date, Release)>,
    pub(crate) first: Date,
    pub(crate) last: Date,
}

impl Releases {
    /// Checks the file: every kind is there once, every day is covered and listed once for its kind.
    pub(crate) fn new(file: &ReleaseFile) -> Result<Releases, CalendarError> {
        let sources = Sources { file: RELEASES, named: &file.sources };
        let first = parse_date(RELEASES, "covers.from", &file.covers.from)?;
        let last = parse_date(RELEASES, "covers.to", &file.covers.to)?;
        let mut all = Vec::new();
        for (name, entry) in &file.release {
            let known = ReleaseKind::ALL.into_iter().find(|kind| kind.word() == name);
            let mend = "name a release that this build knows: CPI, NFP, FOMC or EIA_GAS";
            let kind = known.ok_or_else(|| bad(RELEASES, "release", name, mend))?;
            all.extend(listed(kind, entry, sources)?);
        }
        if let Some(kind) = ReleaseKind::ALL.into_iter().find(|kind| all.iter().all(|(_, r)| r.kind != *kind))
        {
            return Err(bad(
                RELEASES,
                "release",
                kind.word(),
                "write its days: its lists are missing or empty",
            ));
        }
        all.sort_by_key(|(_, release)| *release);
        let twice = all.windows(2).find(|w| w[0].0 == w[1].0 && w[0].1.kind == w[1].1.kind);
        if let Some(((day, release), _)) = twice.and_then(|w| Some((w.first()?, w.last()?))) {
            let field = format!("release.{}.days", release.kind.word());
            return Err(bad(RELEASES, field, &day.to_string(), "the day is listed twice: keep one"));
        }
        match all.iter().find(|(day, _)| !(first..=last).contains(day)) {
            Some((day, _)) => {
                Err(bad(RELEASES, "covers", &day.to_string(), "cover every day that is listed"))
            }
            None => Ok(Releases { all, first, last }),
        }
    }

    /// Those that come out on the days `from` to `to`, both included, in order of time.
    pub(crate) fn between(&self, from: Date, to: Date) -> Vec<Release> {
        let within = self.all.iter().filter(|(day, _)| (from..=to).contains(day));
        within.map(|(_, release)| *release).collect()
    }
}

fn listed(
    kind: ReleaseKind,
    entry: &ReleaseEntry,
    sources: Sources<'_>,
) -> Result<Vec<(Date, Release)>, CalendarError> {
    let at = format!("release.{}", kind.word());
    let mend = "write the name of an IANA time zone, such as America/New_York";
    let zone = TimeZoneDatabase::bundled()
        .get(&entry.zone)
        .map_err(|_| bad(RELEASES, format!("{at}.zone"), &entry.zone, mend))?;
    let usual = parse_time(RELEASES, &format!("{at}.time"), &entry.time)?;
    let mut all = Vec::new();
    for (i, list) in entry.days.iter().enumerate() {
        let field = format!("{at}.days[{i}]");
        sources.check_name(&field, &list.source)?;
        all.extend(of_list(kind, list, (&field, &zone, usual))?);
    }
    Ok(all)
}

fn of_list(
    kind: ReleaseKind,
    list: &ReleaseDays,
    (field, zone, usual): (&str, &TimeZone, Time),
) -> Result<Vec<(Date, Release)>, CalendarError> {
    let one = |text: &str| {
        let (day, time) = text.split_once('@').map_or((text, None), |(day, time)| (day, Some(time)));
        let day = parse_date(RELEASES, field, day)?;
        let time = time.map_or(Ok(usual), |time| parse_time(RELEASES, field, time))?;
        let mend = "write a day within this century";
        let at = moment(day, time, zone).ok_or_else(|| bad(RELEASES, field, text, mend))?;
        Ok((day, Release { at, kind, confidence: list.confidence }))
    };
    list.days.split_whitespace().map(one).collect()
}
