-- The candidates of both sources with their texts, for verification; sorted so that a text meets its partners in one
-- piece. Of pairs that only a rare phrase proposed no passage is recorded: outlets on one story have one in every second
-- pair of paragraphs.
WITH proposed AS (
    SELECT u, v, max(passages) AS passages
    FROM (
        SELECT u, v, 1 AS passages FROM candidates
        UNION ALL
        SELECT u, v, 0 AS passages FROM rare_candidates
    ) both_sources
    GROUP BY u, v
),
ends AS (
    SELECT u AS text_hash FROM proposed
    UNION
    SELECT v AS text_hash FROM proposed
),
wanted AS (
    SELECT t.text_hash, t.text
    FROM texts t
    JOIN ends e ON e.text_hash = t.text_hash
)
SELECT c.u, c.v, c.passages, a.text AS u_text, b.text AS v_text
FROM proposed c
JOIN wanted a ON a.text_hash = c.u
JOIN wanted b ON b.text_hash = c.v
ORDER BY c.u, c.v
