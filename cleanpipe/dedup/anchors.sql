-- For each text in $common the four lowest owners that hold it or a text with a link to it in $links, of their first four
-- each. Pairs of owners are proposed by way of these only, so that a text of a thousand owners costs thousands of pairs
-- and not a million.
WITH firsts AS (
    SELECT text, owner
    FROM (
        SELECT text, owner, row_number() OVER (PARTITION BY text ORDER BY owner) AS place
        FROM $common
        WHERE tokens >= $min_tokens
    ) placed
    WHERE place <= 4
)
SELECT DISTINCT text, owner
FROM (
    SELECT text, owner, dense_rank() OVER (PARTITION BY text ORDER BY owner) AS place
    FROM (
        SELECT text, owner FROM firsts
        UNION ALL
        SELECT l.u AS text, f.owner FROM $links l JOIN firsts f ON f.text = l.v
    ) reached
) placed
WHERE place <= 4
