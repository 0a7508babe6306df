-- The texts that are in a candidate pair, as they stand in their first places: what ``candidates.Propose`` makes, but for the
-- part. Texts of one hash have the same words, but they may be written in other ways.
SELECT n.text_number, s.text_hash, s.tokens, s.words, s.shapes, s.text
FROM (
    SELECT doc_key, block, row_number() OVER (PARTITION BY text_hash ORDER BY doc_key, block) AS place
    FROM sketches
) placed
JOIN sketches s ON s.doc_key = placed.doc_key AND s.block = placed.block
JOIN text_numbers n ON n.text_hash = s.text_hash
JOIN (SELECT u_number AS text_number FROM candidates UNION SELECT v_number AS text_number FROM candidates) e
    ON e.text_number = n.text_number
WHERE placed.place = 1
