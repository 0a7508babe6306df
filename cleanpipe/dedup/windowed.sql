-- The candidates that stand somewhere within $window days of each other. Equal texts need no candidates: they are found
-- at any distance. A text of which a date is not known may be of any.
WITH dated AS (
    SELECT
        s.text_hash,
        min(CASE WHEN r.published = '' THEN NULL ELSE CAST(substr(r.published, 1, 10) AS DATE) END) AS earliest,
        max(CASE WHEN r.published = '' THEN NULL ELSE CAST(substr(r.published, 1, 10) AS DATE) END) AS latest,
        max(CASE WHEN r.published = '' THEN 1 ELSE 0 END) AS undated
    FROM sketches s
    JOIN records r ON r.doc_key = s.doc_key
    GROUP BY s.text_hash
)
SELECT c.u, c.v, c.passages, c.part
FROM candidates c
JOIN dated a ON a.text_hash = c.u
JOIN dated b ON b.text_hash = c.v
WHERE a.undated = 1 OR b.undated = 1 OR (a.earliest <= b.latest + $window AND b.earliest <= a.latest + $window)
