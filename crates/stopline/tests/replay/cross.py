"""The fills of the moving-average cross on minute bars, worked out anew from the rules in docs/replay.md.

Shares no code with the engine: pandas reads the bars, everything after that is written from the page. Prices are whole
ticks, times nanoseconds. Usage: cross.py BARS.csv SETTINGS.json; prints a list of [time, side, price, lots].
"""

import heapq
import json
import sys

import pandas

SECOND = 10**9
MINUTE = 60 * SECOND


def steps(bars):
    """The walk (page: "The walk"): (time, price, volume), one for each step that trades."""
    for bar in bars.itertuples(index=False):
        up, down = bar.high - bar.open, bar.open - bar.low
        high_first = up < down or (up == down and bar.close < bar.open)
        path = [bar.open, *((bar.high, bar.low) if high_first else (bar.low, bar.high)), bar.close]
        quarter = bar.volume // 4
        yield bar.start, bar.open, max(quarter, 1)
        for n in (1, 2, 3):
            begin, lots = bar.start + (n - 1) * MINUTE // 4, quarter if n < 3 else bar.volume - 3 * quarter
            way = path[n] - path[n - 1]
            count = max(abs(way), 1)
            for i in range(1, count + 1):
                volume = lots * i // count - lots * (i - 1) // count
                volume = max(volume, 1) if i == count else volume
                if volume:
                    price = path[n - 1] + (i if way > 0 else -i if way < 0 else 0)
                    yield begin + MINUTE // 4 * i // count, price, volume


class Exchange:
    """The market and the account's orders at the exchange (page: "Fills")."""

    def __init__(self):
        self.bid = self.ask = self.last = self.step_price = None
        self.base = None
        self.stop = self.target = None  # working exits: (side of the exit: -1 sells, price)
        self.news = []  # what the engine hears, in order

    def trade(self, price, fill=None):
        """A trade is heard before the news of whose it was."""
        self.last = price
        self.news.append(("trade", price))
        if fill is not None:
            self.news.append(("fill", fill, price))

    def step(self, price, volume):
        left = volume
        at_price = False
        if self.target:
            side, limit = self.target
            if side * (limit - price) >= 0:
                at_price = limit == price
                left -= 1 if at_price else 0
                self.target = self.stop = None
                self.trade(limit, side)
        if self.base is None or price != self.step_price:
            rose = self.step_price is None or price > self.step_price
            self.base = price - 1 if rose else price
            self.step_price = price
        self.bid, self.ask = self.base, self.base + 1
        if at_price and left == 0:
            # Nothing is quoted into an order at this price when it took the whole volume.
            if side < 0:
                self.bid = min(self.base, price - 1)
                self.ask = self.base + 1
            else:
                self.ask = max(self.base + 1, price + 1)
        if left > 0:
            self.trade(price)
        self.check_stop()
        self.news.append(("quote", self.bid, self.ask))

    def check_stop(self):
        if self.stop and self.stop[0] * (self.last - self.stop[1]) >= 0:
            side = self.stop[0]
            self.stop = self.target = None
            self.trade(self.bid if side < 0 else self.ask, side)

    def enter(self, side, stop, target):
        self.trade(self.ask if side > 0 else self.bid, side)
        self.stop, self.target = (-side, stop), (-side, target)
        self.news.append(("exits",))
        reached = self.bid >= target if side > 0 else self.ask <= target
        self.check_stop()
        if self.target and reached:
            self.target = self.stop = None
            self.trade(self.bid if side > 0 else self.ask, -side)

    def close(self, side, limit):
        price = self.bid if side < 0 else self.ask
        assert limit is None or side * (limit - price) >= 0, "a closing order that rests is beyond this script"
        self.trade(price, side)


class Engine:
    def __init__(self, settings):
        self.s = settings
        self.sessions = settings["sessions"]
        self.exchange = Exchange()
        self.events, self.count = [], 0
        self.fills = []
        # Bars and averages.
        self.bar, self.closed_until, self.warm = None, None, False
        self.closes, self.ranges, self.atr, self.last_close = [], [], None, None
        self.before, self.waiting = 0, 0
        # Account: the position as the engine has booked it.
        self.position, self.average = 0, 0
        self.realised = self.fees = 0
        self.day, self.day_equity, self.halted = None, None, False
        self.orders = set()  # live orders the engine knows: entry, stop, target, close
        self.closing = None  # None, or what is waited for: "target", "stop", "close", "market"
        self.last = self.bid = self.ask = None
        self.newest = None

    def schedule(self, time, rank, what):
        self.count += 1
        heapq.heappush(self.events, (time, rank, self.count, what))

    def send(self, now, what):
        self.schedule(now + self.s["delay"], 1, what)

    # Sessions.
    def session(self, now):
        return next((s for s in self.sessions if s[1] <= now < s[2]), None)

    def day_of(self, now):
        return next((s[0] for s in self.sessions if now < s[2]), None)

    # Money, in millionths.
    def equity(self):
        open_ticks = (self.last - self.average) * self.position if self.position else 0
        return self.realised - self.fees + open_ticks * self.s["tick_value"]

    def loss(self):
        return self.day_equity - self.equity()

    def follow_up(self, now):
        today = self.day_of(now)
        if self.day is None or self.day < today:
            self.day, self.day_equity = today, self.equity()
        if self.halted and self.halted < today and self.session(now):
            self.halted = False
        if self.loss() >= self.s["daily_loss"] or (self.halted and self.position):
            self.halted = self.halted or self.day
            if self.position and not self.closing:
                self.closing = "begun"
        self.pursue(now)

    def pursue(self, now):
        """One move of a closing (page: "Closing")."""
        if not self.closing:
            return
        if "target" in self.orders:
            if self.closing != "target":
                self.closing = "target"
                self.send(now, ("cancel", "target"))
        elif "close" in self.orders:
            pass
        elif self.position:
            if not self.session(now):
                return
            if "stop" in self.orders:
                if self.closing != "stop":
                    self.closing = "stop"
                    self.send(now, ("cancel", "stop"))
            else:
                side = -1 if self.position > 0 else 1
                fresh = now - self.newest <= self.s["data_age"]
                touch = self.bid if side < 0 else self.ask
                self.orders.add("close")
                self.send(now, ("close", side, touch + side * self.s["through"] if fresh else None))
        elif not self.orders:
            self.closing = None

    # What is heard.
    def hear(self, now, news):
        kind = news[0]
        if kind == "trade":
            self.last, self.newest = news[1], now
            self.build(now, news[1])
        elif kind == "quote":
            self.bid, self.ask, self.newest = news[1], news[2], now
        elif kind == "exits":
            self.orders |= {"stop", "target"}
        elif kind == "fill":
            self.book(now, news[1], news[2])
        elif kind == "canceled":
            self.orders.discard(news[1])
        self.follow_up(now)

    def book(self, now, side, price):
        self.fills.append([now, "buy" if side > 0 else "sell", price, 1])
        self.fees += self.s["fee"]
        if self.position:
            self.realised += (price - self.average) * self.position * self.s["tick_value"]
            self.position, self.orders = 0, set()
        else:
            self.position, self.average = side, price
            self.orders.discard("entry")

    def listen(self, now):
        while self.exchange.news:
            self.hear(now, self.exchange.news.pop(0))

    # Bars (page: "Bars").
    def build(self, now, price):
        start = now - now % MINUTE
        if self.closed_until is not None and now < self.closed_until:
            return
        if self.bar and start > self.bar[0]:
            self.finish(now)
        if self.bar:
            self.bar[2], self.bar[3], self.bar[4] = max(self.bar[2], price), min(self.bar[3], price), price
        else:
            self.bar = [start, price, price, price, price]
            self.schedule(start + MINUTE + SECOND, 2, ("beat",))

    def finish(self, now):
        bar, self.bar = self.bar, None
        self.closed_until = bar[0] + MINUTE
        standing, crossed = self.average_in(bar)
        # The first bar is told as history: it is taken in and decides nothing.
        if self.warm:
            self.decide(now, bar, standing, crossed)
        self.warm = True

    def average_in(self, bar):
        _, _, high, low, close = bar
        true = high - low
        if self.last_close is not None:
            true = max(true, abs(high - self.last_close), abs(low - self.last_close))
        self.last_close = close
        if self.atr is None:
            self.ranges.append(true)
            if len(self.ranges) == self.s["atr"]:
                self.atr = sum(self.ranges) / self.s["atr"]
        else:
            self.atr = (self.atr * (self.s["atr"] - 1.0) + true) / self.s["atr"]
        self.closes = (self.closes + [close])[-self.s["slow"] :]
        fast, slow = self.s["fast"], self.s["slow"]
        if len(self.closes) < slow:
            return 0, False
        gap = sum(self.closes[-fast:]) * slow - sum(self.closes) * fast
        standing, before = (gap > 0) - (gap < 0), self.before
        self.before = standing
        existed = getattr(self, "existed", False)
        self.existed = True
        return (standing, standing != before) if existed else (0, False)

    def decide(self, now, bar, standing, crossed):
        waited, self.waiting = self.waiting, 0
        if not standing:
            return
        exposure = self.position
        if exposure == -standing:
            self.waiting = standing if crossed else 0
            if not self.closing:
                self.closing = "begun"
            return
        if not crossed and waited != standing:
            return
        if exposure == standing or self.halted:
            return
        if self.orders:
            self.waiting = standing if crossed else 0
            return
        if self.atr is None:
            return
        stop = bar[4] - standing * max(int(self.atr * 200 / 100.0 + 0.5), 1)
        target = bar[4] + standing * max(int(self.atr * 300 / 100.0 + 0.5), 1)
        if self.allowed(now, standing, stop, target):
            self.orders.add("entry")
            self.send(now, ("enter", standing, stop, target))

    def allowed(self, now, side, stop, target):
        """The gate (page: "Risk")."""
        if self.closing or not self.session(now) or now - self.newest > self.s["data_age"] or self.bid is None:
            return False
        reference = self.ask if side > 0 else self.bid
        if side * (reference - stop) <= 0 or side * (target - reference) <= 0:
            return False
        risk = abs(reference - stop) * self.s["tick_value"] + 2 * self.s["fee"]
        collar = min(abs(self.last) * self.s["collar"] // 10_000, self.s["collar_ticks"])
        far = max(abs(stop - self.last), abs(target - self.last))
        return risk <= self.s["risk_per_trade"] and self.loss() < self.s["daily_loss"] and far <= collar

    def arrive(self, now, what):
        exchange = self.exchange
        if what[0] == "cancel":
            if getattr(exchange, what[1]):
                setattr(exchange, what[1], None)
                exchange.news.append(("canceled", what[1]))
        elif not self.session(now):
            self.orders.clear()
        elif what[0] == "enter":
            exchange.enter(*what[1:])
        elif what[0] == "close":
            exchange.close(*what[1:])

    def run(self, bars):
        opens = [s[1] for s in self.sessions]
        walk = steps(bars)
        first = step = next(walk)
        self.day, self.day_equity = self.day_of(first[0]), 0
        end = int(bars.start.iloc[-1]) + MINUTE
        for moment in opens:
            if first[0] < moment < end:
                self.schedule(moment, 2, ("beat",))
        while step:
            while self.events and self.events[0][0] < step[0]:
                now, _, _, what = heapq.heappop(self.events)
                if what[0] == "beat":
                    if self.bar and self.bar[0] + MINUTE + SECOND <= now:
                        self.finish(now)
                    self.follow_up(now)
                else:
                    self.arrive(now, what)
                    self.listen(now)
            if self.session(step[0]):
                self.exchange.step(step[1], step[2])
                self.listen(step[0])
            step = next(walk, None)
        return self.fills


def main():
    bars = pandas.read_csv(sys.argv[1], dtype="int64")
    with open(sys.argv[2], encoding="utf-8") as file:
        settings = json.load(file)
    print(json.dumps(Engine(settings).run(bars)))


if __name__ == "__main__":
    main()
