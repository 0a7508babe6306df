-- Pairs that chose a common phrase, if at most $most texts did.
WITH sized AS (
    SELECT phrase, text_hash, count(*) OVER (PARTITION BY phrase) AS size FROM rare
),
small AS (
    SELECT phrase, text_hash FROM sized WHERE size BETWEEN 2 AND $most
)
SELECT DISTINCT a.text_hash AS u, b.text_hash AS v
FROM small a
JOIN small b ON b.phrase = a.phrase
WHERE a.text_hash < b.text_hash
