-- Pairs of articles that may tell one story, a not longer than b, by number: an article with each of the four lowest
-- articles that hold one of its texts or a text with an edge to it. So a text of a thousand articles costs thousands of
-- pairs and not a million.
WITH sharing AS (
    SELECT text FROM story_texts GROUP BY text HAVING count(*) > 1
    UNION
    SELECT u AS text FROM links
),
-- the texts that another article may hold
common AS (
    SELECT t.article, t.text, t.chars
    FROM story_texts t
    JOIN sharing s ON s.text = t.text
),
totals AS (
    SELECT article, sum(chars) AS chars FROM story_texts GROUP BY article
),
-- the articles of which these make up enough: no other is the smaller of a pair
able AS (
    SELECT s.article, t.chars
    FROM (SELECT article, sum(chars) AS chars, max(chars) AS longest FROM common GROUP BY article) s
    JOIN totals t ON t.article = s.article
    WHERE s.chars > s.longest AND 2 * (s.chars - s.longest) >= t.chars - s.longest
),
firsts AS (
    SELECT text, article
    FROM (
        SELECT text, article, row_number() OVER (PARTITION BY text ORDER BY article) AS place FROM common
    ) placed
    WHERE place <= 4
),
reached AS (
    SELECT text, article FROM firsts
    UNION
    SELECT l.u AS text, f.article FROM links l JOIN firsts f ON f.text = l.v
),
anchors AS (
    SELECT text, article
    FROM (
        SELECT text, article, row_number() OVER (PARTITION BY text ORDER BY article) AS place FROM reached
    ) placed
    WHERE place <= 4
),
proposed AS (
    SELECT DISTINCT t.article AS a, n.article AS b
    FROM common t
    JOIN anchors n ON n.text = t.text
    WHERE n.article <> t.article
)
SELECT p.a, p.b, x.chars AS total
FROM (SELECT a, b FROM proposed UNION SELECT b AS a, a AS b FROM proposed) p
JOIN able x ON x.article = p.a
JOIN totals y ON y.article = p.b
WHERE x.chars <= y.chars
