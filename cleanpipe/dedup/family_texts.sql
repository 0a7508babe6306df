-- The texts of the families of three and more in $star (the finished star of text numbers), in canonical order. Of two the
-- edge says all. A part, of $parts, holds whole families.
WITH large AS (
    SELECT v AS family FROM $star GROUP BY v HAVING count(*) > 1
),
texts AS (
    SELECT s.v AS family, s.u AS text FROM $star s JOIN large l ON l.family = s.v
    UNION ALL
    SELECT family, family AS text FROM large
)
SELECT
    t.family % $parts AS part, t.family, t.text AS text_number,
    row_number() OVER (PARTITION BY t.family ORDER BY l.precedence, l.number) AS place
FROM texts t
JOIN live l ON l.text_number = t.text
