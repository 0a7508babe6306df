-- The candidates that stand somewhere within $window days of each other. Equal texts need no candidates: they are found
-- at any distance. A text of which a date is not known may be of any.
WITH dated AS (
    SELECT
        n.text_number,
        min(CASE WHEN r.published = '' THEN NULL ELSE CAST(substr(r.published, 1, 10) AS DATE) END) AS earliest,
        max(CASE WHEN r.published = '' THEN NULL ELSE CAST(substr(r.published, 1, 10) AS DATE) END) AS latest,
        max(CASE WHEN r.published = '' THEN 1 ELSE 0 END) AS undated
    FROM sketches s
    JOIN records r ON r.doc_key = s.doc_key
    JOIN text_numbers n ON n.text_hash = s.text_hash
    GROUP BY n.text_number
)
SELECT c.u_number, c.v_number, c.passages, c.part
FROM candidates c
JOIN dated a ON a.text_number = c.u_number
JOIN dated b ON b.text_number = c.v_number
WHERE a.undated = 1 OR b.undated = 1 OR (a.earliest <= b.latest + $window AND b.earliest <= a.latest + $window)
