-- The pairs of $candidates in the parts from $first to $last with their texts, for verification. Of pairs that only a rare
-- phrase proposed no passage is recorded: outlets on one story have one in every second pair of paragraphs. Texts are
-- laid out for each end on its own, and only those of these parts: they are what takes memory here.
WITH compared AS (
    SELECT u, v, passages FROM $candidates WHERE part BETWEEN $first AND $last
),
u_ends AS (
    SELECT t.text_hash, t.doc_key, t.block
    FROM texts t
    JOIN (SELECT DISTINCT u FROM compared) e ON e.u = t.text_hash
),
v_ends AS (
    SELECT t.text_hash, t.doc_key, t.block
    FROM texts t
    JOIN (SELECT DISTINCT v FROM compared) e ON e.v = t.text_hash
)
SELECT c.u, c.v, c.passages, a.text AS u_text, b.text AS v_text
FROM compared c
JOIN (
    SELECT p.text_hash, s.text FROM sketches s JOIN u_ends p ON p.doc_key = s.doc_key AND p.block = s.block
) a ON a.text_hash = c.u
JOIN (
    SELECT p.text_hash, s.text FROM sketches s JOIN v_ends p ON p.doc_key = s.doc_key AND p.block = s.block
) b ON b.text_hash = c.v
