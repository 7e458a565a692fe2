//! The calendar: questions about contracts, sessions, price limits and scheduled releases, answered from the checked data.
//!
//! Never asks what day it is, and never answers for a day outside what the data covers.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use stopline_kernel::id::Symbol;
use stopline_kernel::instrument::{Instrument, Sessions, TradingDay};
use stopline_kernel::time::ExchangeTime;

use crate::contract::Contract;
use crate::data::{self, CONTRACTS, ExceptionEntry, PRICE_LIMITS, RELEASES, SESSIONS, Sources};
use crate::day::{date, is_weekend, parse_date, parse_time, trading_day};
use crate::error::CalendarError;
use crate::hours::Hours;
use crate::limit::{LimitTable, PriceLimits};
use crate::release::{Release, Releases};
use crate::symbol::{parts, year_near};

/// Contracts and sessions, checked.
#[derive(Debug)]
pub struct Calendar {
    contracts: BTreeMap<String, Contract>,
    groups: BTreeMap<String, Hours>,
    first: Date,
    last: Date,
    limits: LimitTable,
    releases: Releases,
    /// Until when in a trading day the day margins are asked.
    day_margin_ends: Time,
    /// The last day of each file.
    expires: [(&'static str, Date); 4],
}

impl Calendar {
    /// The calendar that is compiled in.
    ///
    /// # Errors
    /// [`CalendarError::Shape`] or [`CalendarError::Data`] if the data of this build is broken.
    pub fn bundled() -> Result<Calendar, CalendarError> {
        Calendar::from_texts(
            include_str!("../../../data/contracts.toml"),
            include_str!("../../../data/sessions.toml"),
            include_str!("../../../data/releases.toml"),
            include_str!("../../../data/price_limits.toml"),
        )
    }

    /// A calendar from the texts of `contracts.toml`, `sessions.toml`, `releases.toml` and `price_limits.toml`.
    ///
    /// # Errors
    /// [`CalendarError::Shape`] or [`CalendarError::Data`], naming the file, the field and the mend.
    pub fn from_texts(
        contracts: &str,
        sessions: &str,
        releases: &str,
        limits: &str,
    ) -> Result<Calendar, CalendarError> {
        let contracts = data::contracts(contracts)?;
        let sessions = data::sessions(sessions)?;
        let releases = data::releases(releases)?;
        let sources = Sources { file: SESSIONS, named: &sessions.sources };
        let mut groups = BTreeMap::new();
        for (name, entry) in &sessions.group {
            groups.insert(name.clone(), Hours::new(name, entry, &sessions.exception, sources)?);
        }
        check_groups(&sessions.exception, &groups)?;
        let opens = |group: &str| groups.get(group).map(Hours::opens);
        let (limits, limits_end) = LimitTable::read(limits, opens)?;
        let named = contracts.sources;
        let sources = Sources { file: CONTRACTS, named: &named };
        sources.check("day_margin_ends", &contracts.day_margin_ends)?;
        let day_margin_ends = parse_time(CONTRACTS, "day_margin_ends", &contracts.day_margin_ends.is)?;
        let mut roots = BTreeMap::new();
        for (root, entry) in contracts.contract {
            roots.insert(root.clone(), Contract::new(&root, entry, sources)?);
        }
        let expires = |file, text: &str| Ok((file, parse_date(file, "expires", text)?));
        Ok(Calendar {
            contracts: roots,
            groups,
            first: parse_date(SESSIONS, "covers.from", &sessions.covers.from)?,
            last: parse_date(SESSIONS, "covers.to", &sessions.covers.to)?,
            limits,
            releases: Releases::new(&releases)?,
            day_margin_ends,
            expires: [
                expires(CONTRACTS, &contracts.expires)?,
                expires(SESSIONS, &sessions.expires)?,
                expires(RELEASES, &releases.expires)?,
                (PRICE_LIMITS, limits_end),
            ],
        })
    }

    /// The last day on which the data may be trusted with live money: the earliest of the files' expiry dates.
    pub fn expires(&self) -> TradingDay {
        let [a, b, c, d] = self.expires.map(|(_, day)| day);
        trading_day(a.min(b).min(c).min(d))
    }

    /// Whether every file may still be trusted on `today`.
    ///
    /// # Errors
    /// [`CalendarError::Expired`], naming the file, or [`CalendarError::NotADay`].
    pub fn check_current(&self, today: TradingDay) -> Result<(), CalendarError> {
        let day = date(today)?;
        match self.expires.iter().find(|(_, last)| *last < day) {
            None => Ok(()),
            Some((file, last)) => Err(CalendarError::Expired { file, expires: trading_day(*last), today }),
        }
    }

    /// The price limits and circuit breakers of a root or a contract on a day; `None` where its group has none.
    ///
    /// # Errors
    /// [`CalendarError::NotASymbol`], [`CalendarError::UnknownRoot`] or [`CalendarError::NotADay`].
    pub fn price_limits(&self, name: &str, day: TradingDay) -> Result<Option<&PriceLimits>, CalendarError> {
        let root = if self.contracts.contains_key(name) { name } else { parts(name)?.root };
        Ok(self.limits.of(&self.contract(root)?.group, date(day)?))
    }

    /// The scheduled releases that come out on the days `from` to `to`, both included, in order of time.
    ///
    /// # Errors
    /// [`CalendarError::NotADay`], [`CalendarError::Backwards`] or [`CalendarError::NotCovered`].
    pub fn releases(&self, from: TradingDay, to: TradingDay) -> Result<Vec<Release>, CalendarError> {
        let (begin, end) = (date(from)?, date(to)?);
        if begin > end {
            return Err(CalendarError::Backwards { from, to });
        }
        let (first, last) = self.covers_releases();
        match [from, to].into_iter().find(|day| *day < first || last < *day) {
            None => Ok(self.releases.between(begin, end)),
            Some(day) => Err(CalendarError::NotCovered { file: RELEASES, day, first, last }),
        }
    }

    /// The first and the last day that [`Calendar::releases`] answers for.
    pub fn covers_releases(&self) -> (TradingDay, TradingDay) {
        (trading_day(self.releases.first), trading_day(self.releases.last))
    }

    /// The first and the last trading day that [`Calendar::sessions`] answers for.
    pub fn covers(&self) -> (TradingDay, TradingDay) {
        (trading_day(self.first), trading_day(self.last))
    }

    /// Every root with its facts, in the order of their names.
    pub fn contracts(&self) -> impl Iterator<Item = &Contract> {
        self.contracts.values()
    }

    /// The facts of `root`, such as `ES`.
    ///
    /// # Errors
    /// [`CalendarError::UnknownRoot`], listing the roots that are there.
    pub fn contract(&self, root: &str) -> Result<&Contract, CalendarError> {
        self.contracts.get(root).ok_or_else(|| CalendarError::UnknownRoot {
            file: CONTRACTS,
            root: root.to_owned(),
            known: names(&self.contracts),
        })
    }

    /// The sessions of `group` for the trading days `from` to `to`, both included; oldest first, without overlap.
    ///
    /// A halt within a day splits its session: both intervals carry the same `day`.
    ///
    /// # Errors
    /// [`CalendarError::UnknownGroup`], [`CalendarError::NotADay`], [`CalendarError::Backwards`], or
    /// [`CalendarError::NotCovered`].
    pub fn sessions(&self, group: &str, from: TradingDay, to: TradingDay) -> Result<Sessions, CalendarError> {
        let hours = self.hours(group)?;
        let (mut day, end) = (self.covered(from)?, self.covered(to)?);
        if day > end {
            return Err(CalendarError::Backwards { from, to });
        }
        let mut sessions = Vec::new();
        while day <= end {
            sessions.extend(hours.of(day));
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        Ok(Sessions(sessions))
    }

    /// The contract `symbol`, such as `MESZ6`, with its sessions of the trading days `from` to `to`, both included.
    ///
    /// The one digit of the year means the year nearest to `from`: from four years before to five years after it.
    /// Sessions end with the contract's last trade, where the rule for it is known.
    ///
    /// # Errors
    /// [`CalendarError::NotASymbol`], [`CalendarError::UnknownRoot`], [`CalendarError::NoSuchMonth`], or those of
    /// [`Calendar::sessions`].
    pub fn instrument(
        &self,
        symbol: &str,
        from: TradingDay,
        to: TradingDay,
    ) -> Result<Instrument, CalendarError> {
        let parts = parts(symbol)?;
        let contract = self.contract(parts.root)?;
        if !contract.months.is.contains(parts.month) {
            let (root, months) = (contract.root.clone(), contract.months.is.clone());
            return Err(CalendarError::NoSuchMonth { symbol: symbol.to_owned(), root, months });
        }
        let mut sessions = self.sessions(&contract.group, from, to)?;
        let year = year_near(parts.digit, date(from)?);
        if let Some(end) = self.last_moment(contract, year, parts.month)? {
            sessions.0.retain(|s| s.open < end);
            sessions.0.iter_mut().for_each(|s| s.close = s.close.min(end));
        }
        Ok(Instrument {
            symbol: name(symbol)?,
            tick: contract.tick.is,
            tick_value: contract.tick_value.is,
            fee: contract.fee.is,
            sessions,
            margin: contract.margin_of(self.hours(&contract.group)?.before_close(self.day_margin_ends)),
        })
    }

    /// The contract of `root` that is traded most on `day`, by the roll rule of the data: the first one whose last
    /// trading day is more than `roll_days` calendar days away.
    ///
    /// # Errors
    /// [`CalendarError::UnknownRoot`], [`CalendarError::NoRoll`], [`CalendarError::NotADay`],
    /// [`CalendarError::NotCovered`] or [`CalendarError::UnknownGroup`].
    pub fn front_contract(&self, root: &str, day: TradingDay) -> Result<Symbol, CalendarError> {
        let contract = self.contract(root)?;
        let no_roll = |field| CalendarError::NoRoll { file: CONTRACTS, root: root.to_owned(), field };
        let roll_days = contract.roll_days.as_ref().ok_or_else(|| no_roll("roll_days"))?.is;
        let today = self.covered(day)?;
        for year in [today.year(), today.year() + 1] {
            for month in contract.months.is.chars() {
                let (last, _) = self.last_trade(contract, year, month)?.ok_or_else(|| no_roll("expiry"))?;
                if days_between(today, last) > i32::from(roll_days) {
                    return name(&format!("{root}{month}{}", year.rem_euclid(10)));
                }
            }
        }
        Err(no_roll("roll_days"))
    }

    /// The last trading day of a contract and the local time of its last trade, moved off holidays.
    fn last_trade(
        &self,
        contract: &Contract,
        year: i16,
        month: char,
    ) -> Result<Option<(Date, Time)>, CalendarError> {
        let Some((mut day, until)) = contract.last_trade(year, month) else { return Ok(None) };
        let hours = self.hours(&contract.group)?;
        while hours.is_exception(day) || is_weekend(day) {
            let Ok(eve) = day.yesterday() else { break };
            day = eve;
        }
        Ok(Some((day, until)))
    }

    /// The first moment after the last trade of a contract; `None` where its rule is not known.
    fn last_moment(
        &self,
        contract: &Contract,
        year: i16,
        month: char,
    ) -> Result<Option<ExchangeTime>, CalendarError> {
        let hours = self.hours(&contract.group)?;
        let last = self.last_trade(contract, year, month)?;
        Ok(last.and_then(|(day, until)| hours.moment(day, until)))
    }

    fn hours(&self, group: &str) -> Result<&Hours, CalendarError> {
        self.groups.get(group).ok_or_else(|| CalendarError::UnknownGroup {
            file: SESSIONS,
            group: group.to_owned(),
            known: names(&self.groups),
        })
    }

    fn covered(&self, day: TradingDay) -> Result<Date, CalendarError> {
        let date = date(day)?;
        if (self.first..=self.last).contains(&date) {
            return Ok(date);
        }
        let (first, last) = self.covers();
        Err(CalendarError::NotCovered { file: SESSIONS, day, first, last })
    }
}

/// Checks that every exception speaks of groups that exist, so that a misspelt one is not passed over.
fn check_groups(
    exceptions: &[ExceptionEntry],
    groups: &BTreeMap<String, Hours>,
) -> Result<(), CalendarError> {
    for entry in exceptions {
        if let Some(stray) = entry.at.keys().find(|name| !groups.contains_key(*name)) {
            let field = format!("exception[{}].at", entry.day);
            return Err(data::bad(SESSIONS, field, stray, "name a group that has a [group.NAME]"));
        }
    }
    Ok(())
}

/// The keys of a table, separated by blanks.
fn names<T>(table: &BTreeMap<String, T>) -> String {
    table.keys().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn name(symbol: &str) -> Result<Symbol, CalendarError> {
    symbol.parse().map_err(|_| CalendarError::NotASymbol { symbol: symbol.to_owned() })
}

/// Calendar days from `from` to `to`; negative when `to` is before.
fn days_between(from: Date, to: Date) -> i32 {
    to.since(from).map_or(0, |span| span.get_days())
}
