-- Pairs of articles that may tell one story, a not longer than b, by number: an article with each anchor of its texts.
WITH totals AS (
    SELECT owner, sum(chars) AS chars FROM story_texts GROUP BY owner
),
-- the articles of which shared texts make up enough: no other is the smaller of a pair
able AS (
    SELECT s.owner, t.chars
    FROM (SELECT owner, sum(chars) AS chars, max(chars) AS longest FROM story_common GROUP BY owner) s
    JOIN totals t ON t.owner = s.owner
    WHERE s.chars > s.longest AND 2 * (s.chars - s.longest) >= t.chars - s.longest
),
proposed AS (
    SELECT t.owner AS a, n.owner AS b
    FROM story_common t
    JOIN story_anchors n ON n.text = t.text
    WHERE n.owner <> t.owner
)
SELECT DISTINCT p.a, p.b, x.chars AS total
FROM (SELECT a, b FROM proposed UNION ALL SELECT b AS a, a AS b FROM proposed) p
JOIN able x ON x.owner = p.a
JOIN totals y ON y.owner = p.b
WHERE x.chars <= y.chars
