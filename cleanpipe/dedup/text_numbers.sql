-- A dense number for each text: joins of whole numbers cost a fraction of joins of 16 bytes. In the order of the hashes.
SELECT text_hash, row_number() OVER (ORDER BY text_hash) AS text_number
FROM (
    SELECT text_hash FROM sketches
    UNION
    SELECT text_hash FROM spares
) texts_hashed
