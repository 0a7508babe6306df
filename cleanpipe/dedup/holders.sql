-- Which documents hold at least four fifths of another one's kept characters and stand before it in canonical order, best
-- first: most of them, then the earliest, then by id.
--
-- A text stands in a document that has it, has one near it or one that contains it, or has pieces of it that make up
-- four fifths of its shingles. Texts under $min_tokens words count where the very text stands in both.
-- Proposed: the four first documents of each of its texts or of a text with an edge to it; decided exactly.
WITH linked AS (
    SELECT u, v, relation, shared, u_size, v_size
    FROM live_edges
    WHERE relation IN ('near', 'contains', 'contained', 'quotation')
    UNION ALL
    SELECT u, v, relation, shared, u_size, v_size FROM more_edges
),
links AS (
    SELECT u, v, CASE WHEN relation IN ('contains', 'quotation') THEN 0 ELSE 1 END AS whole, shared, u_size AS size FROM linked
    UNION ALL
    SELECT v AS u, u AS v, CASE WHEN relation IN ('contained', 'quotation') THEN 0 ELSE 1 END AS whole, shared, v_size AS size
    FROM linked
),
places AS (
    SELECT p.doc_key, d.place, p.text_hash, min(p.tokens) AS tokens, sum(p.chars) AS chars
    FROM paragraphs p
    JOIN document_order d ON d.doc_key = p.doc_key
    GROUP BY p.doc_key, d.place, p.text_hash
),
-- The texts that another document may hold, and the documents of which these make up enough: no other can be held.
sharing AS (
    SELECT text_hash FROM places GROUP BY text_hash HAVING count(*) > 1
    UNION
    SELECT u AS text_hash FROM links
),
common AS (
    SELECT p.place, p.text_hash, p.tokens, p.chars
    FROM places p
    JOIN sharing s ON s.text_hash = p.text_hash
),
able AS (
    SELECT d.place
    FROM (SELECT place, sum(chars) AS chars FROM common GROUP BY place) c
    JOIN document_order d ON d.place = c.place
    WHERE 5 * c.chars >= 4 * d.chars
),
firsts AS (
    SELECT text_hash, place
    FROM (
        SELECT text_hash, place, row_number() OVER (PARTITION BY text_hash ORDER BY place) AS n
        FROM common
        WHERE tokens >= $min_tokens
    ) placed
    WHERE n <= 4
),
reached AS (
    SELECT text_hash, place FROM firsts
    UNION
    SELECT l.u AS text_hash, f.place FROM links l JOIN firsts f ON f.text_hash = l.v
),
anchors AS (
    SELECT text_hash, place
    FROM (
        SELECT text_hash, place, row_number() OVER (PARTITION BY text_hash ORDER BY place) AS n FROM reached
    ) placed
    WHERE n <= 4
),
proposed AS (
    SELECT DISTINCT p.place AS a, n.place AS b
    FROM common p
    JOIN able e ON e.place = p.place
    JOIN anchors n ON n.text_hash = p.text_hash
    WHERE n.place < p.place
),
standing AS (
    SELECT q.a, q.b, x.text_hash, x.chars, 1 AS whole, 0 AS shared, 1 AS size
    FROM proposed q
    JOIN common x ON x.place = q.a
    JOIN common y ON y.place = q.b AND y.text_hash = x.text_hash
    UNION ALL
    SELECT q.a, q.b, x.text_hash, x.chars, l.whole, l.shared, l.size
    FROM proposed q
    JOIN common x ON x.place = q.a
    JOIN links l ON l.u = x.text_hash
    JOIN common y ON y.place = q.b AND y.text_hash = l.v
),
held AS (
    SELECT a, b, sum(chars) AS chars
    FROM (
        SELECT a, b, text_hash, max(chars) AS chars
        FROM standing
        GROUP BY a, b, text_hash
        HAVING max(whole) = 1 OR 5 * sum(shared) >= 4 * max(size)
    ) texts_held
    GROUP BY a, b
)
SELECT
    x.doc_key,
    y.doc_key AS holder,
    y.document AS holder_id,
    h.chars AS held,
    x.chars,
    row_number() OVER (
        PARTITION BY h.a
        ORDER BY h.chars DESC, CASE WHEN y.published = '' THEN 1 ELSE 0 END, y.published, y.document
    ) AS place
FROM held h
JOIN document_order x ON x.place = h.a
JOIN document_order y ON y.place = h.b
WHERE 5 * h.chars >= 4 * x.chars
