-- The links of which both ends are live.
SELECT l.u, l.v, l.whole, l.shared, l.size, l.brief
FROM links l
JOIN live a ON a.text_number = l.u
JOIN live b ON b.text_number = l.v
