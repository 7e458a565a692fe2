// Draws the page's charts from the document beside it; everything it shows stands in the tables as well.
(() => {
  'use strict';
  const data = JSON.parse(document.getElementById('data').textContent);
  const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const zoned = time => uPlot.tzDate(new Date(time * 1e3), data.zone);
  const charts = [];
  let shown = 0;

  const two = n => String(n).padStart(2, '0');
  const clock = time => {
    const d = zoned(time);
    return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
  };
  const money = value => (value == null ? '' : value.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }));

  const axes = values => {
    const look = { stroke: () => css('--dim'), grid: { stroke: () => css('--line'), width: 1 }, ticks: { show: false }, font: '12px system-ui, sans-serif' };
    const times = [
      [86400, '{MMM} {D}', '\n{YYYY}', null, null, null, null, null, 1],
      [3600, '{HH}:{mm}', '\n{MMM} {D}', null, '\n{MMM} {D}', null, null, null, 1],
      [60, '{HH}:{mm}', '\n{MMM} {D}', null, '\n{MMM} {D}', null, null, null, 1],
      [1, '{HH}:{mm}:{ss}', '\n{MMM} {D}', null, '\n{MMM} {D}', null, null, null, 1],
    ];
    return [{ ...look, values: times, space: 70 }, { ...look, values, size: 66, space: 34 }];
  };

  // Every chart shows the same stretch of time.
  const bounds = () => {
    let [min, max] = [Infinity, -Infinity];
    for (const times of [data.equity[0], ...data.prices.map(p => p.bars[0])]) {
      if (times.length) { min = Math.min(min, times[0]); max = Math.max(max, times[times.length - 1]); }
    }
    return max > min ? [min, max] : [min - 30, max + 30];
  };
  const whole = bounds();
  // What is looked at; a chart asks for its height before its own scale of time has moved.
  let view = whole;
  const look = (min, max) => {
    const least = 120;
    if (max - min < least) { const mid = (min + max) / 2; min = mid - least / 2; max = mid + least / 2; }
    const width = Math.min(max - min, whole[1] - whole[0] + 120);
    min = Math.max(whole[0] - 60, Math.min(min, whole[1] + 60 - width));
    view = [min, min + width];
    for (const chart of charts) chart.setScale('x', { min, max: min + width });
  };

  const moving = plot => {
    const over = plot.over;
    over.addEventListener('wheel', event => {
      event.preventDefault();
      const at = plot.posToVal(event.offsetX, 'x');
      const by = Math.exp(Math.sign(event.deltaY) * 0.18);
      const { min, max } = plot.scales.x;
      look(at - (at - min) * by, at + (max - at) * by);
    }, { passive: false });
    over.addEventListener('dblclick', () => look(...whole));
    over.addEventListener('mousedown', event => {
      if (!event.shiftKey || event.button !== 0) return;
      event.stopImmediatePropagation();
      const { min, max } = plot.scales.x;
      const per = (max - min) / over.clientWidth;
      const from = event.clientX;
      const move = e => look(min - (e.clientX - from) * per, max - (e.clientX - from) * per);
      const up = () => { removeEventListener('mousemove', move); removeEventListener('mouseup', up); };
      addEventListener('mousemove', move);
      addEventListener('mouseup', up);
    }, true);
    let held = null;
    const fingers = touches => {
      const xs = [...touches].map(t => t.clientX - over.getBoundingClientRect().left);
      return { mid: xs.reduce((a, b) => a + b, 0) / xs.length, apart: xs.length > 1 ? Math.abs(xs[0] - xs[1]) : 0 };
    };
    const hold = event => {
      held = event.touches.length ? { ...fingers(event.touches), min: plot.scales.x.min, max: plot.scales.x.max } : null;
    };
    over.addEventListener('touchstart', hold, { passive: true });
    over.addEventListener('touchend', hold, { passive: true });
    over.addEventListener('touchmove', event => {
      if (!held) return;
      const now = fingers(event.touches);
      const by = held.apart && now.apart ? held.apart / now.apart : 1;
      const per = (held.max - held.min) / over.clientWidth;
      const at = held.min + held.mid * per;
      const min = at - now.mid * per * by;
      if (event.touches.length > 1 && event.cancelable) event.preventDefault();
      look(min, min + (held.max - held.min) * by);
    }, { passive: false });
  };

  const size = box => ({ width: box.clientWidth - 10, height: Math.round(Math.min(innerHeight * 0.5, box.classList.contains('price') ? 420 : 280)) });
  const make = (box, options, columns) => {
    const plot = new uPlot({
      ...size(box),
      tzDate: zoned,
      padding: [8, 14, 0, 0],
      cursor: { sync: { key: 'time' }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      legend: { live: true },
      ...options,
      hooks: {
        ...options.hooks,
        setSelect: [u => {
          if (u.select.width < 8) return;
          look(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'));
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        }],
      },
    }, columns, box);
    charts.push(plot);
    moving(plot);
    new ResizeObserver(() => plot.setSize(size(box))).observe(box);
    return plot;
  };

  const equity = () => {
    const box = document.getElementById('equity');
    if (!data.equity[0].length) { box.outerHTML = '<p class="missing">No equity curve: the venue never told its clock.</p>'; return; }
    const stepped = uPlot.paths.stepped({ align: 1 });
    make(box, {
      scales: { x: { time: true, range: (u, a, b) => [a, b] }, y: { range: (u, a, b) => { const pad = Math.max((b - a) * 0.08, 1); return [a - pad, b + pad]; } } },
      axes: axes((u, vs) => vs.map(money)),
      series: [
        { label: 'Time', value: (u, v) => (v == null ? '' : clock(v)) },
        { label: 'Equity', stroke: () => css('--equity'), width: 2, paths: stepped, value: (u, v) => money(v), points: { show: false } },
        { label: 'Peak', stroke: 'transparent', width: 0, paths: stepped, points: { show: false },
          value: (u, v, s, i) => (i == null || v == null ? '' : `${money(v)} (below it by ${money(v - u.data[1][i])})`) },
      ],
      bands: [{ series: [2, 1], fill: () => css('--shade') }],
    }, data.equity);
  };

  const triangle = (ctx, x, y, up, r) => {
    ctx.beginPath();
    ctx.moveTo(x, up ? y - r : y + r);
    ctx.lineTo(x - r, up ? y + r : y - r);
    ctx.lineTo(x + r, up ? y + r : y - r);
    ctx.closePath();
  };

  const candles = u => {
    const [times, open, high, low, close] = u.data;
    const { ctx } = u;
    const per = devicePixelRatio;
    const step = times.length > 1 ? Math.abs(u.valToPos(times[0] + 60, 'x', true) - u.valToPos(times[0], 'x', true)) : 8 * per;
    const width = Math.max(1, Math.min(step * 0.66 * (u.minutes || 1), 14 * per));
    const colours = [css('--good'), css('--bad')];
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.lineWidth = Math.max(1, per * 0.9);
    for (let i = 0; i < times.length; i++) {
      if (times[i] < u.scales.x.min - 3600 || times[i] > u.scales.x.max + 3600) continue;
      const x = u.valToPos(times[i] + 30, 'x', true);
      const ys = [open[i], high[i], low[i], close[i]].map(v => u.valToPos(v, 'y', true));
      ctx.strokeStyle = ctx.fillStyle = colours[close[i] >= open[i] ? 0 : 1];
      ctx.globalAlpha = 0.75;
      ctx.beginPath();
      ctx.moveTo(x, ys[1]);
      ctx.lineTo(x, ys[2]);
      ctx.stroke();
      if (width > 1.5) ctx.fillRect(x - width / 2, Math.min(ys[0], ys[3]), width, Math.max(1, Math.abs(ys[0] - ys[3])));
    }
    ctx.globalAlpha = 1;
  };

  const marks = (u, trades) => {
    const { ctx } = u;
    const per = devicePixelRatio;
    const end = whole[1];
    const ink = css('--ink');
    const panel = css('--panel');
    const seen = trades.filter(t => t.time <= u.scales.x.max && t.time >= u.scales.x.min).length;
    // Marks shrink where they would cover each other and the bars.
    const big = Math.max(0.55, Math.min(1, u.over.clientWidth / (seen * 22)));
    for (const trade of trades) {
      const last = trade.open || !trade.exits.length ? end : trade.exits[trade.exits.length - 1][0];
      if (last < u.scales.x.min || trade.time > u.scales.x.max) continue;
      const colour = trade.open ? css('--equity') : css(trade.net > 0 ? '--good' : '--bad');
      const [x, y] = [u.valToPos(trade.time, 'x', true), u.valToPos(trade.price, 'y', true)];
      const bold = trade.n === shown;
      if (trade.stop != null) {
        const [stop, to] = [u.valToPos(trade.stop, 'y', true), u.valToPos(last, 'x', true)];
        ctx.strokeStyle = css('--dim');
        ctx.setLineDash([4 * per, 3 * per]);
        ctx.lineWidth = per * (bold ? 1.8 : 1);
        ctx.beginPath();
        ctx.moveTo(x, stop);
        ctx.lineTo(Math.max(to, x + 6 * per), stop);
        ctx.stroke();
        ctx.setLineDash([]);
      }
      ctx.strokeStyle = colour;
      ctx.lineWidth = per * (bold ? 3 : 1.6);
      for (const [time, price] of trade.exits) {
        const [ex, ey] = [u.valToPos(time, 'x', true), u.valToPos(price, 'y', true)];
        ctx.beginPath();
        ctx.moveTo(x, y);
        ctx.lineTo(ex, ey);
        ctx.stroke();
        ctx.beginPath();
        ctx.arc(ex, ey, per * (bold ? 5.5 : 4 * big), 0, Math.PI * 2);
        ctx.fillStyle = colour;
        ctx.fill();
        ctx.strokeStyle = panel;
        ctx.lineWidth = per;
        ctx.stroke();
        ctx.strokeStyle = colour;
        ctx.lineWidth = per * (bold ? 3 : 1.6);
      }
      triangle(ctx, x, y, trade.side > 0, per * (bold ? 8 : 6 * big));
      ctx.fillStyle = colour;
      ctx.fill();
      ctx.strokeStyle = bold ? ink : panel;
      ctx.lineWidth = per;
      ctx.stroke();
    }
    ctx.restore();
  };

  const price = (chart, n) => {
    const box = document.getElementById(`price-${n}`);
    const length = document.getElementById(`length-${n}`);
    if (!box) return;
    length.textContent = `bars of ${chart.minutes === 1 ? 'one minute' : `${chart.minutes} minutes`}, ${data.zone}`;
    const say = (u, v) => (v == null ? '' : v.toFixed(chart.places));
    const hidden = { stroke: 'transparent', width: 0, paths: () => null, points: { show: false }, value: say };
    const plot = make(box, {
      scales: {
        x: { time: true, range: (u, a, b) => [a, b] },
        y: { range: (u, a, b) => {
          let [low, high] = [Infinity, -Infinity];
          const [min, max] = view;
          u.data[0].forEach((time, i) => { if (time + 60 >= min && time <= max) { low = Math.min(low, u.data[3][i]); high = Math.max(high, u.data[2][i]); } });
          if (low > high) [low, high] = [a, b];
          const pad = Math.max((high - low) * 0.07, 4 * chart.tick);
          return [low - pad, high + pad];
        } },
      },
      axes: axes((u, vs) => vs.map(v => v.toFixed(chart.places))),
      series: [
        { label: 'Time', value: (u, v) => (v == null ? '' : clock(v)) },
        { label: 'Open', ...hidden }, { label: 'High', ...hidden }, { label: 'Low', ...hidden }, { label: 'Close', ...hidden },
      ],
      hooks: { draw: [u => { candles(u); marks(u, chart.trades); }] },
    }, chart.bars);
    plot.minutes = chart.minutes;
  };

  equity();
  data.prices.forEach(price);
  if (charts.length) look(...whole);

  const find = n => data.prices.flatMap((chart, i) => chart.trades.filter(t => t.n === n).map(trade => [trade, i]))[0];
  document.querySelectorAll('tr[data-trade]').forEach(row => row.addEventListener('click', event => {
    if (event.target.tagName === 'CODE') return;
    const found = find(Number(row.dataset.trade));
    document.querySelectorAll('tr.shown').forEach(other => other.classList.remove('shown'));
    row.classList.add('shown');
    if (!found) return;
    const [trade, at] = found;
    shown = trade.n;
    const to = trade.exits.length ? trade.exits[trade.exits.length - 1][0] : whole[1];
    const around = Math.max((to - trade.time) * 0.8, 900);
    look(trade.time - around, to + around);
    document.getElementById(`price-${at}`).scrollIntoView({ block: 'center', behavior: 'smooth' });
  }));
  document.querySelectorAll('code').forEach(code => {
    code.title = `stopline explain ${code.textContent}`;
    code.addEventListener('click', () => navigator.clipboard && navigator.clipboard.writeText(code.title));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => charts.forEach(chart => chart.redraw()));
})();
