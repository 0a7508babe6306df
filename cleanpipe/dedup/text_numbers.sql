-- A dense number for each text: joins of whole numbers cost a fraction of joins of 16 bytes. In the order of the hashes.
SELECT text_hash, row_number() OVER (ORDER BY text_hash) AS text_number
FROM (SELECT DISTINCT text_hash FROM sketches) texts_hashed
