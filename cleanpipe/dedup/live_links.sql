-- The links of which both ends are live.
SELECT l.u, l.v, l.whole, l.near, l.brief, l.tokens, l.covered, l.start, l.stop
FROM links l
JOIN live a ON a.text_number = l.u
JOIN live b ON b.text_number = l.v
