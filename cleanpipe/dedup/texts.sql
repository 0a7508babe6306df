-- One row a distinct text of at least $min_tokens words: the first block that has it. Texts of one hash have the same words,
-- hence the same shingles.
SELECT text_hash, doc_key, block, tokens
FROM (
    SELECT text_hash, doc_key, block, tokens, row_number() OVER (PARTITION BY text_hash ORDER BY doc_key, block) AS place
    FROM sketches
    WHERE tokens >= $min_tokens
) placed
WHERE place = 1
