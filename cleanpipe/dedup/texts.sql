-- One row a distinct text of at least $min_tokens words. Texts of one hash have the same words, hence the same shingles;
-- the text itself is taken from the first block that has it.
WITH placed AS (
    SELECT doc_key, block, row_number() OVER (PARTITION BY text_hash ORDER BY doc_key, block) AS place
    FROM sketches
    WHERE tokens >= $min_tokens
)
SELECT s.text_hash, s.tokens, s.text
FROM sketches s
JOIN placed p ON p.doc_key = s.doc_key AND p.block = s.block
WHERE p.place = 1
