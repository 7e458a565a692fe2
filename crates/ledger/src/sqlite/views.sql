-- Projections for people and tools: views over the records, so that no second copy can disagree with them.
-- They use nothing newer than SQLite 3.38. Times are UTC; prices are in ticks, and as decimals where the contract is
-- known; money is in units of the account's currency.

-- Every record with its time, and what is inside its kind.
CREATE VIEW journal AS
SELECT
  r.seq,
  strftime('%Y-%m-%dT%H:%M:%S', (r.body->>'$.at.local') / 1000000000, 'unixepoch')
    || printf('.%06dZ', (r.body->>'$.at.local') / 1000 % 1000000) AS at,
  r.kind,
  r.body->>'$.input' AS input,
  r.body->>'$.decision' AS decision,
  (SELECT j.value FROM json_each(r.body, '$.record') AS j) AS what
FROM records AS r;

-- The contracts as the venue described them last.
CREATE VIEW instruments AS
SELECT
  i.value->>'$.symbol' AS symbol,
  (i.value->>'$.tick.mantissa') AS tick_mantissa,
  (i.value->>'$.tick.scale') AS tick_scale,
  (i.value->>'$.tick.mantissa') / CAST('1e' || (i.value->>'$.tick.scale') AS REAL) AS tick,
  (i.value->>'$.tick_value') / 1e6 AS tick_value,
  (i.value->>'$.fee') / 1e6 AS fee
FROM (SELECT what FROM journal WHERE kind = 'venue_known' ORDER BY seq DESC LIMIT 1) AS v,
  json_each(v.what, '$.instruments') AS i;

CREATE VIEW decisions AS
SELECT
  seq,
  at,
  decision,
  coalesce(what->>'$.key.origin.Bot.bot', what->>'$.key.origin.Closing.bot') AS bot,
  what->>'$.intent.symbol' AS symbol,
  CASE json_type(what, '$.intent.wish')
    WHEN 'text' THEN lower(what->>'$.intent.wish')
    ELSE (SELECT lower(w.key) FROM json_each(what, '$.intent.wish') AS w)
  END AS wish,
  lower(what->>'$.intent.wish.Enter.side') AS side,
  what->>'$.intent.wish.Enter.lots' AS lots,
  what->>'$.intent.wish.Enter.limit' AS limit_ticks,
  what->>'$.intent.wish.Enter.stop' AS stop_ticks,
  what->>'$.intent.wish.Enter.target' AS target_ticks,
  what->>'$.intent.reason' AS reason,
  what->>'$.intent.confidence' AS confidence_bps,
  strftime('%Y-%m-%dT%H:%M:%SZ', (what->>'$.intent.bar_open') / 1000000000, 'unixepoch') AS bar_open,
  strftime('%Y-%m-%dT%H:%M:%S', (what->>'$.intent.data_time') / 1000000000, 'unixepoch')
    || printf('.%06dZ', (what->>'$.intent.data_time') / 1000 % 1000000) AS data_time,
  CASE WHEN what->>'$.denied' IS NULL THEN 'accepted' ELSE 'denied' END AS outcome,
  what->>'$.denied' AS denied,
  what->'$.checks' AS checks
FROM journal
WHERE kind = 'decided';

CREATE VIEW transitions AS
SELECT
  seq,
  at,
  decision,
  what->>'$.root' AS root,
  what->>'$.event' AS event,
  what->>'$.life' AS life,
  what->>'$.ask' AS ask,
  what->>'$.worth' AS worth,
  what->>'$.order_id' AS order_id,
  coalesce(what->>'$.reason', what->>'$.not_sent') AS reason,
  strftime('%Y-%m-%dT%H:%M:%S', (what->>'$.stamps.broker') / 1000000000, 'unixepoch')
    || printf('.%06dZ', (what->>'$.stamps.broker') / 1000 % 1000000) AS broker_time,
  strftime('%Y-%m-%dT%H:%M:%S', (what->>'$.stamps.exchange') / 1000000000, 'unixepoch')
    || printf('.%06dZ', (what->>'$.stamps.exchange') / 1000 % 1000000) AS exchange_time,
  what->>'$.payload' AS payload
FROM journal
WHERE kind = 'transition';

CREATE VIEW fills AS
SELECT
  f.seq,
  f.at,
  f.decision,
  f.what->>'$.root' AS root,
  f.what->>'$.order_id' AS order_id,
  f.what->>'$.execution.exec_id' AS exec_id,
  f.what->>'$.bot' AS bot,
  f.what->>'$.execution.symbol' AS symbol,
  lower(f.what->>'$.execution.side') AS side,
  f.what->>'$.execution.lots' AS lots,
  f.what->>'$.execution.price' AS price_ticks,
  (f.what->>'$.execution.price') * i.tick AS price,
  f.what->>'$.position' AS position,
  (f.what->>'$.realised') / 1e6 AS realised,
  (f.what->>'$.fee') / 1e6 AS fee,
  f.what->>'$.decided_at' AS decided_ticks,
  ((f.what->>'$.execution.price') - (f.what->>'$.decided_at'))
    * CASE f.what->>'$.execution.side' WHEN 'Buy' THEN 1 ELSE -1 END AS slippage_ticks,
  strftime('%Y-%m-%dT%H:%M:%S', (f.what->>'$.stamps.exchange') / 1000000000, 'unixepoch')
    || printf('.%06dZ', (f.what->>'$.stamps.exchange') / 1000 % 1000000) AS exchange_time,
  f.what->>'$.payload' AS payload
FROM journal AS f
LEFT JOIN instruments AS i ON i.symbol = f.what->>'$.execution.symbol'
WHERE f.kind = 'filled';

-- Executions that were taken back, with what that undid.
CREATE VIEW busts AS
SELECT
  seq,
  at,
  what->>'$.exec' AS exec_id,
  what->>'$.by' AS corrected_by,
  what->>'$.undone.root' AS root,
  what->>'$.undone.bot' AS bot,
  what->>'$.undone.symbol' AS symbol,
  what->>'$.undone.position' AS position,
  (what->>'$.undone.realised') / 1e6 AS realised,
  (what->>'$.undone.fee') / 1e6 AS fee
FROM journal
WHERE kind = 'busted';

-- Everything that changed a position, one row for each owner.
CREATE VIEW movements AS
SELECT seq, at, 'fill' AS cause, symbol, bot, position, realised, fee FROM fills
UNION ALL
SELECT seq, at, 'bust', symbol, bot, position, realised, -fee FROM busts WHERE bot IS NOT NULL
UNION ALL
SELECT seq, at, 'allocation', what->>'$.symbol', what->>'$.to', what->>'$.position',
  (what->>'$.realised') / 1e6, 0
FROM journal WHERE kind = 'allocated'
UNION ALL
SELECT seq, at, 'allocation', what->>'$.symbol', 'external', what->>'$.external', 0, 0
FROM journal WHERE kind = 'allocated';

-- Each order as it stands: as it was placed or last replaced, moved by its last transition, filled by its fills.
CREATE VIEW orders AS
WITH
  placed AS (
    SELECT max(seq) AS seq, at, decision, what->>'$.order.cl_ord_id' AS root, what->'$.order' AS spec,
      coalesce(what->>'$.key.origin.Bot.bot', what->>'$.key.origin.Closing.bot') AS bot
    FROM journal WHERE kind = 'order_placed' GROUP BY what->>'$.order.cl_ord_id'
  ),
  asked AS (
    SELECT seq, what->>'$.root' AS root, what->'$.to' AS spec FROM journal WHERE kind = 'replace_asked'
  ),
  replaced AS (
    SELECT a.root, max(a.seq), a.spec
    FROM (SELECT root, max(seq) AS seq FROM transitions WHERE event = 'ReplaceDone' GROUP BY root) AS done
    JOIN asked AS a ON a.root = done.root AND a.seq < done.seq
    GROUP BY a.root
  ),
  moved AS (SELECT root, max(seq) AS seq, at, life, ask FROM transitions GROUP BY root),
  known AS (SELECT root, max(seq), order_id FROM transitions WHERE order_id IS NOT NULL GROUP BY root),
  traded AS (
    SELECT root, sum(lots) AS lots, sum(lots * price_ticks) AS ticks
    FROM fills WHERE root IS NOT NULL AND exec_id NOT IN (SELECT exec_id FROM busts) GROUP BY root
  ),
  standing AS (
    SELECT p.seq, p.at AS placed_at, coalesce(m.at, p.at) AS changed_at, p.decision, p.root, p.bot,
      coalesce(r.spec, p.spec) AS spec, coalesce(m.life, 'Draft') AS life, coalesce(m.ask, 'Nothing') AS ask,
      k.order_id, coalesce(t.lots, 0) AS filled, t.ticks AS filled_ticks
    FROM placed AS p
    LEFT JOIN moved AS m ON m.root = p.root AND m.seq > p.seq
    LEFT JOIN known AS k ON k.root = p.root
    LEFT JOIN replaced AS r ON r.root = p.root
    LEFT JOIN traded AS t ON t.root = p.root
  )
SELECT
  s.seq,
  s.placed_at,
  s.changed_at,
  s.root,
  s.spec->>'$.cl_ord_id' AS cl_ord_id,
  s.order_id,
  s.decision,
  s.bot,
  s.spec->>'$.symbol' AS symbol,
  lower(s.spec->>'$.leg') AS leg,
  lower(s.spec->>'$.side') AS side,
  CASE json_type(s.spec, '$.kind')
    WHEN 'text' THEN lower(s.spec->>'$.kind')
    ELSE (SELECT lower(k.key) FROM json_each(s.spec, '$.kind') AS k)
  END AS kind,
  s.spec->>'$.lots' AS lots,
  s.filled,
  coalesce(s.spec->>'$.kind.Limit', s.spec->>'$.kind.Stop') AS price_ticks,
  coalesce(s.spec->>'$.kind.Limit', s.spec->>'$.kind.Stop') * i.tick AS price,
  round(1.0 * s.filled_ticks / s.filled, 4) AS average_ticks,
  round(1.0 * s.filled_ticks / s.filled * i.tick, 8) AS average_price,
  CASE
    WHEN s.life = 'Unknown' THEN 'unknown'
    WHEN s.life = 'Filled' THEN 'filled'
    WHEN s.life IN ('Canceled', 'Expired') THEN 'canceled'
    WHEN s.life = 'Rejected' THEN 'rejected'
    WHEN s.ask = 'CancelPending' THEN 'cancel_pending'
    WHEN s.life = 'Draft' THEN 'draft'
    WHEN s.life = 'Submitted' THEN 'submitted'
    WHEN s.life IN ('Acknowledged', 'Suspended') THEN 'acknowledged'
    WHEN s.life = 'Working' AND s.filled > 0 THEN 'partial'
    WHEN s.life = 'Working' THEN 'working'
  END AS state,
  s.life,
  s.ask
FROM standing AS s
LEFT JOIN instruments AS i ON i.symbol = s.spec->>'$.symbol';

-- Positions from fills, first in first out: what is open are the newest lots on the side of the position. Where anything
-- but fills has moved a position, the fills alone no longer say at which price its lots were opened.
CREATE VIEW positions AS
WITH
  last AS (
    SELECT symbol, bot, max(seq) AS seq, at, position AS lots FROM movements GROUP BY symbol, bot
  ),
  sums AS (
    SELECT symbol, bot, round(sum(realised), 6) AS realised, round(sum(fee), 6) AS fees,
      sum(cause = 'fill') AS fills, count(*) AS movements
    FROM movements GROUP BY symbol, bot
  ),
  stacked AS (
    SELECT f.symbol, f.bot, f.lots, f.price_ticks, abs(l.lots) AS held,
      sum(f.lots) OVER (PARTITION BY f.symbol, f.bot ORDER BY f.seq DESC) AS up_to
    FROM fills AS f
    JOIN last AS l ON l.symbol = f.symbol AND l.bot = f.bot
    WHERE f.side = CASE WHEN l.lots > 0 THEN 'buy' WHEN l.lots < 0 THEN 'sell' END
  ),
  cost AS (
    SELECT symbol, bot, sum(price_ticks * max(0, min(lots, held - (up_to - lots)))) AS ticks
    FROM stacked GROUP BY symbol, bot
  )
SELECT
  l.symbol,
  l.bot,
  l.lots,
  CASE WHEN s.fills = s.movements THEN round(1.0 * c.ticks / abs(l.lots), 4) END AS average_ticks,
  CASE WHEN s.fills = s.movements THEN round(1.0 * c.ticks / abs(l.lots) * i.tick, 8) END AS average_price,
  s.realised,
  s.fees,
  s.fills,
  l.at AS changed_at
FROM last AS l
JOIN sums AS s ON s.symbol = l.symbol AND s.bot = l.bot
LEFT JOIN cost AS c ON c.symbol = l.symbol AND c.bot = l.bot
LEFT JOIN instruments AS i ON i.symbol = l.symbol;

-- The halts that stand: one per scope and cause, the strictest since it was last lifted.
CREATE VIEW halts AS
WITH
  lifted AS (
    SELECT what->'$.scope' AS scope, what->>'$.cause' AS cause, max(seq) AS seq
    FROM journal WHERE kind = 'halt_lifted' GROUP BY 1, 2
  ),
  ranked AS (
    SELECT h.seq, h.at, h.what, row_number() OVER (
      PARTITION BY h.what->'$.scope', h.what->>'$.cause'
      ORDER BY CASE h.what->>'$.level' WHEN 'halted' THEN 2 WHEN 'reduce_only' THEN 1 ELSE 0 END DESC, h.seq
    ) AS place
    FROM journal AS h
    LEFT JOIN lifted AS l ON l.scope = h.what->'$.scope' AND l.cause = h.what->>'$.cause'
    WHERE h.kind = 'halt_set' AND h.seq > coalesce(l.seq, 0)
  )
SELECT
  seq,
  at AS since,
  coalesce(what->>'$.scope.bot', what->>'$.scope') AS scope,
  what->>'$.level' AS level,
  what->>'$.cause' AS cause,
  what->>'$.who' AS who,
  what->>'$.why' AS why,
  what->>'$.until' AS until
FROM ranked
WHERE place = 1;

CREATE VIEW incidents AS
SELECT
  o.seq,
  o.what->>'$.number' AS number,
  o.what->>'$.kind' AS kind,
  CASE WHEN c.seq IS NULL THEN 'open' ELSE 'closed' END AS state,
  o.at AS opened_at,
  c.at AS closed_at,
  o.what->>'$.evidence' AS evidence,
  o.what->>'$.next' AS next,
  c.what->>'$.how' AS how
FROM journal AS o
LEFT JOIN journal AS c ON c.kind = 'incident_closed' AND c.what->>'$.number' = o.what->>'$.number'
WHERE o.kind = 'incident_opened';

CREATE VIEW commands AS
SELECT
  seq,
  at,
  what->>'$.id' AS id,
  what->>'$.who' AS who,
  CASE json_type(what, '$.what')
    WHEN 'text' THEN lower(what->>'$.what')
    ELSE (SELECT lower(k.key) FROM json_each(what, '$.what') AS k)
  END AS command,
  coalesce(what->>'$.what.Pause', what->>'$.what.Resume') AS bot,
  what->>'$.why' AS why
FROM journal
WHERE kind = 'commanded';

CREATE VIEW stream_changes AS
SELECT
  seq,
  at,
  lower(what->>'$.stream') AS stream,
  what->>'$.epoch' AS epoch,
  CASE what->>'$.up' WHEN 1 THEN 'up' ELSE 'down' END AS state,
  what->>'$.why' AS why,
  json_array_length(what, '$.live') AS live_orders,
  what->'$.positions' AS positions
FROM journal
WHERE kind = 'stream_changed';
