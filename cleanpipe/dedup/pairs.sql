-- The pairs of $candidates with their texts, for verification. Of pairs that only a rare phrase proposed no passage is recorded:
-- outlets on one story have one in every second pair of paragraphs.
WITH ends AS (
    SELECT u AS text_hash FROM $candidates
    UNION
    SELECT v AS text_hash FROM $candidates
),
wanted AS (
    SELECT t.text_hash, s.text
    FROM sketches s
    JOIN texts t ON t.doc_key = s.doc_key AND t.block = s.block
    JOIN ends e ON e.text_hash = t.text_hash
)
SELECT c.u, c.v, c.passages, a.text AS u_text, b.text AS v_text
FROM $candidates c
JOIN wanted a ON a.text_hash = c.u
JOIN wanted b ON b.text_hash = c.v
