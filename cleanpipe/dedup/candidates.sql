-- Pairs that share a bucket: all pairs of a bucket of up to $bucket texts; in a larger one the $anchors lowest hashes
-- with every other, so that the work grows with the bucket and not with its square.
WITH sized AS (
    SELECT
        band,
        text_hash,
        row_number() OVER (PARTITION BY band ORDER BY text_hash) AS place,
        count(*) OVER (PARTITION BY band) AS size
    FROM bands
),
small AS (
    SELECT band, text_hash FROM sized WHERE size BETWEEN 2 AND $bucket
),
large AS (
    SELECT band, text_hash, place FROM sized WHERE size > $bucket
)
SELECT a.text_hash AS u, b.text_hash AS v
FROM small a
JOIN small b ON b.band = a.band
WHERE a.text_hash < b.text_hash
UNION
SELECT a.text_hash AS u, b.text_hash AS v
FROM large a
JOIN large b ON b.band = a.band
WHERE a.place <= $anchors AND a.text_hash < b.text_hash
