-- Of the texts of owners (articles, or documents) in $texts those that another owner may hold: the very text, or one with
-- a link to it in $links.
WITH sharing AS (
    SELECT text FROM $texts GROUP BY text HAVING count(*) > 1
    UNION
    SELECT u AS text FROM $links
)
SELECT t.owner, t.text, t.tokens, t.chars
FROM $texts t
JOIN sharing s ON s.text = t.text
