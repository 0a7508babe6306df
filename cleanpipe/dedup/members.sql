-- The texts of each family in $star (texts and the smallest of their component), in canonical order. A bucket holds
-- whole families; the first byte of a smallest hash would be a small one, so a digit of the second names the bucket.
WITH components AS (
    SELECT u AS text_hash, v AS component FROM $star
    UNION
    SELECT v AS text_hash, v AS component FROM $star
),
said AS (
    SELECT t.text_hash, s.text
    FROM sketches s
    JOIN texts t ON t.doc_key = s.doc_key AND t.block = s.block
    JOIN components c ON c.text_hash = t.text_hash
)
SELECT
    substring(hex(c.component), 3, 1) AS bucket,
    c.component,
    row_number() OVER (PARTITION BY c.component ORDER BY $canonical_order) AS place,
    c.text_hash,
    t.text
FROM components c
JOIN live l ON l.text_hash = c.text_hash
JOIN said t ON t.text_hash = c.text_hash
