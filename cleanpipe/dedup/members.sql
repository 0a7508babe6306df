-- The texts of each family in $star (texts and the smallest of their component), in canonical order. A bucket holds
-- whole families; the first byte of a smallest hash would be a small one, so a digit of the second names the bucket.
WITH components AS (
    SELECT u AS text_hash, v AS component FROM $star
    UNION
    SELECT v AS text_hash, v AS component FROM $star
),
placed AS (
    SELECT
        c.component, c.text_hash, t.doc_key, t.block,
        row_number() OVER (PARTITION BY c.component ORDER BY l.precedence, l.number) AS place
    FROM components c
    JOIN live l ON l.text_hash = c.text_hash
    JOIN texts t ON t.text_hash = c.text_hash
)
SELECT substring(hex(p.component), 3, 1) AS bucket, p.component, p.place, p.text_hash, s.text
FROM sketches s
JOIN placed p ON p.doc_key = s.doc_key AND p.block = s.block
