-- Pairs of articles that tell one story: edges cover half of the smaller one's text, the block in question left out.
-- Which block is in question is not known here, so the longest shared one is left out of the cover and of the text.
--
-- Proposed: an article with each of the four lowest articles that hold one of its texts or a text with an edge to it;
-- so a text of a thousand articles costs thousands of pairs and not a million. Proposed pairs are decided exactly.
WITH links AS (
    SELECT u, v FROM edges WHERE relation IN ('near', 'contains', 'contained', 'quotation')
    UNION ALL
    SELECT v AS u, u AS v FROM edges WHERE relation IN ('near', 'contains', 'contained', 'quotation')
),
-- The texts that another article may hold, and the articles that these can cover: no other is the smaller of a pair.
sharing AS (
    SELECT text_hash FROM story_texts GROUP BY text_hash HAVING count(*) > 1
    UNION
    SELECT u AS text_hash FROM links
),
common AS (
    SELECT t.article, t.text_hash, t.chars
    FROM story_texts t
    JOIN sharing s ON s.text_hash = t.text_hash
),
totals AS (
    SELECT article, sum(chars) AS chars FROM story_texts GROUP BY article
),
able AS (
    SELECT s.article
    FROM (SELECT article, sum(chars) AS chars, max(chars) AS longest FROM common GROUP BY article) s
    JOIN totals t ON t.article = s.article
    WHERE s.chars > s.longest AND 2 * (s.chars - s.longest) >= t.chars - s.longest
),
degrees AS (
    SELECT u AS text_hash, count(*) AS links FROM links GROUP BY u
),
firsts AS (
    SELECT text_hash, article
    FROM (
        SELECT text_hash, article, row_number() OVER (PARTITION BY text_hash ORDER BY article) AS place
        FROM common
    ) placed
    WHERE place <= 4
),
reached AS (
    SELECT text_hash, article FROM firsts
    UNION
    SELECT l.u AS text_hash, f.article FROM links l JOIN firsts f ON f.text_hash = l.v
),
anchors AS (
    SELECT text_hash, article
    FROM (
        SELECT text_hash, article, row_number() OVER (PARTITION BY text_hash ORDER BY article) AS place
        FROM reached
    ) placed
    WHERE place <= 4
),
proposed AS (
    SELECT t.article AS a, n.article AS b
    FROM common t
    JOIN anchors n ON n.text_hash = t.text_hash
    LEFT JOIN able x ON x.article = t.article
    LEFT JOIN able y ON y.article = n.article
    WHERE n.article <> t.article AND (x.article IS NOT NULL OR y.article IS NOT NULL)
),
ordered AS (
    SELECT a, b FROM proposed
    UNION
    SELECT b AS a, a AS b FROM proposed
),
-- An edge is followed from the text with fewer edges: one text may have an edge to every article's.
steep AS (
    SELECT l.u, l.v
    FROM links l
    JOIN degrees x ON x.text_hash = l.u
    JOIN degrees y ON y.text_hash = l.v
    WHERE x.links < y.links OR (x.links = y.links AND l.u < l.v)
),
crossing AS (
    SELECT o.a, o.b, x.text_hash AS a_text, x.chars AS a_chars, y.text_hash AS b_text, y.chars AS b_chars
    FROM ordered o
    JOIN common x ON x.article = o.a
    JOIN steep l ON l.u = x.text_hash
    JOIN common y ON y.article = o.b AND y.text_hash = l.v
),
held AS (
    SELECT o.a, o.b, x.text_hash, x.chars
    FROM ordered o
    JOIN common x ON x.article = o.a
    JOIN common y ON y.article = o.b AND y.text_hash = x.text_hash
    UNION
    SELECT a, b, a_text AS text_hash, a_chars AS chars FROM crossing
    UNION
    SELECT b AS a, a AS b, b_text AS text_hash, b_chars AS chars FROM crossing
),
cover AS (
    SELECT a, b, sum(chars) AS chars, max(chars) AS longest FROM held GROUP BY a, b
)
SELECT c.a AS u, c.b AS v
FROM cover c
JOIN totals ta ON ta.article = c.a
JOIN totals tb ON tb.article = c.b
WHERE ta.chars <= tb.chars
    AND c.chars > c.longest
    AND 2 * (c.chars - c.longest) >= ta.chars - c.longest
