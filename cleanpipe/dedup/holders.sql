-- Which documents hold at least four fifths of another one's kept characters and stand before it in canonical order, best
-- first: most of them, then the earliest, then by id.
--
-- A text stands in a document that has it, has one near it or one that contains it, or has pieces of it that make up
-- four fifths of its shingles. Texts under $min_tokens words count where the very text stands in both.
-- Proposed: the four first documents of each of its texts or of a text with an edge to it; decided exactly: first by the
-- texts of up to $few edges, and where those of more could still tip the scale, by these too.
WITH linked AS (
    SELECT u, v, whole, shared, size FROM live_links
    UNION ALL
    SELECT u, v, whole, shared, size FROM more_links
),
-- The texts that another document may hold, and the documents of which these make up enough: no other can be held.
sharing AS (
    SELECT text FROM places GROUP BY text HAVING count(*) > 1
    UNION
    SELECT u AS text FROM linked
),
common AS (
    SELECT p.document, p.text, p.tokens, p.chars
    FROM places p
    JOIN sharing s ON s.text = p.text
),
able AS (
    SELECT d.place AS document, d.chars
    FROM (SELECT document, sum(chars) AS chars FROM common GROUP BY document) c
    JOIN document_order d ON d.place = c.document
    WHERE 5 * c.chars >= 4 * d.chars
),
firsts AS (
    SELECT text, document
    FROM (
        SELECT text, document, row_number() OVER (PARTITION BY text ORDER BY document) AS n
        FROM common
        WHERE tokens >= $min_tokens
    ) placed
    WHERE n <= 4
),
reached AS (
    SELECT text, document FROM firsts
    UNION
    SELECT l.u AS text, f.document FROM linked l JOIN firsts f ON f.text = l.v
),
anchors AS (
    SELECT text, document
    FROM (
        SELECT text, document, row_number() OVER (PARTITION BY text ORDER BY document) AS n FROM reached
    ) placed
    WHERE n <= 4
),
proposed AS (
    SELECT DISTINCT p.document AS a, n.document AS b
    FROM common p
    JOIN able e ON e.document = p.document
    JOIN anchors n ON n.text = p.text
    WHERE n.document < p.document
),
degrees AS (
    SELECT u AS text, count(*) AS links FROM linked GROUP BY u
),
held AS (
    SELECT q.a, q.b, x.text, x.chars
    FROM proposed q
    JOIN common x ON x.document = q.a
    JOIN common y ON y.document = q.b AND y.text = x.text
    UNION
    SELECT q.a, q.b, x.text, x.chars
    FROM proposed q
    JOIN common x ON x.document = q.a
    JOIN degrees d ON d.text = x.text
    JOIN linked l ON l.u = x.text
    JOIN common y ON y.document = q.b AND y.text = l.v
    WHERE d.links <= $few
    GROUP BY q.a, q.b, x.text, x.chars
    HAVING max(l.whole) = 1 OR 5 * sum(l.shared) >= 4 * max(l.size)
),
-- held were all hot texts held
open AS (
    SELECT q.a, q.b
    FROM proposed q
    JOIN able e ON e.document = q.a
    JOIN (
        SELECT c.document, sum(c.chars) AS chars
        FROM common c
        JOIN degrees d ON d.text = c.text
        WHERE d.links > $few
        GROUP BY c.document
    ) hot ON hot.document = q.a
    LEFT JOIN (SELECT a, b, sum(chars) AS chars FROM held GROUP BY a, b) c ON c.a = q.a AND c.b = q.b
    WHERE 5 * (coalesce(c.chars, 0) + hot.chars) >= 4 * e.chars
),
-- A link of a hot text is followed from the end with fewer: one text may have an edge to thousands.
steep AS (
    SELECT
        l.u, l.v, l.whole, l.shared, l.size,
        CASE WHEN x.links < y.links OR (x.links = y.links AND l.u < l.v) THEN 1 ELSE 0 END AS from_u
    FROM linked l
    JOIN degrees x ON x.text = l.u
    JOIN degrees y ON y.text = l.v
    WHERE x.links > $few
),
all_held AS (
    SELECT a, b, text, chars FROM held
    UNION
    SELECT a, b, text, chars
    FROM (
        SELECT o.a, o.b, x.text, x.chars, l.whole, l.shared, l.size
        FROM open o
        JOIN common x ON x.document = o.a
        JOIN steep l ON l.u = x.text AND l.from_u = 1
        JOIN common y ON y.document = o.b AND y.text = l.v
        UNION ALL
        SELECT o.a, o.b, x.text, x.chars, l.whole, l.shared, l.size
        FROM open o
        JOIN common y ON y.document = o.b
        JOIN steep l ON l.v = y.text AND l.from_u = 0
        JOIN common x ON x.document = o.a AND x.text = l.u
    ) either_way
    GROUP BY a, b, text, chars
    HAVING max(whole) = 1 OR 5 * sum(shared) >= 4 * max(size)
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
FROM (SELECT a, b, sum(chars) AS chars FROM all_held GROUP BY a, b) h
JOIN document_order x ON x.place = h.a
JOIN document_order y ON y.place = h.b
WHERE 5 * h.chars >= 4 * x.chars
