-- Which documents hold at least four fifths of another one's kept characters and stand before it in canonical order, best
-- first: most of them, then the earliest, then by id.
--
-- A text stands in a document that has it, has one that holds four fifths of it, or has pieces that make up so many of its
-- words. Words of a piece that lie before the end of an earlier one are not counted again. Texts under min_tokens words
-- count where the very text stands in both.
-- Decided exactly for the candidates: first by the texts of up to $few edges; where those of more could still tip the
-- scale, by these too.
WITH degrees AS (
    SELECT u AS text, count(*) AS links FROM all_links GROUP BY u
),
mild AS (
    SELECT l.u, l.v, l.whole, l.tokens, l.covered, l.start, l.stop
    FROM all_links l
    JOIN degrees d ON d.text = l.u
    WHERE d.links <= $few
),
mild_pieces AS (
    SELECT
        q.a, q.b, x.text, x.chars, l.whole, l.tokens, l.covered, l.start,
        max(l.stop) OVER (
            PARTITION BY q.a, q.b, x.text ORDER BY l.start, l.stop, l.v ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS taken
    FROM holder_candidates q
    JOIN holder_common x ON x.owner = q.a
    JOIN mild l ON l.u = x.text
    JOIN holder_common y ON y.owner = q.b AND y.text = l.v
),
held AS (
    SELECT q.a, q.b, x.text, x.chars
    FROM holder_candidates q
    JOIN holder_common x ON x.owner = q.a
    JOIN holder_common y ON y.owner = q.b AND y.text = x.text
    UNION
    SELECT a, b, text, chars
    FROM mild_pieces
    GROUP BY a, b, text, chars
    HAVING max(whole) = 1 OR 5 * sum(
            CASE
                WHEN taken IS NULL OR taken <= start THEN covered
                WHEN taken - start < covered THEN covered - (taken - start)
                ELSE 0
            END
        ) >= 4 * max(tokens)
),
-- held were all hot texts held
open AS (
    SELECT q.a, q.b
    FROM holder_candidates q
    JOIN (
        SELECT c.owner, sum(c.chars) AS chars
        FROM holder_common c
        JOIN degrees d ON d.text = c.text
        WHERE d.links > $few
        GROUP BY c.owner
    ) hot ON hot.owner = q.a
    LEFT JOIN (SELECT a, b, sum(chars) AS chars FROM held GROUP BY a, b) c ON c.a = q.a AND c.b = q.b
    WHERE 5 * (coalesce(c.chars, 0) + hot.chars) >= 4 * q.total
),
asked AS (
    SELECT DISTINCT c.text, d.links
    FROM open o
    JOIN holder_common c ON c.owner = o.a
    JOIN degrees d ON d.text = c.text
    WHERE d.links > $few
),
-- A link of a hot text is followed from the end with fewer: one text may have an edge to thousands.
steep AS (
    SELECT
        l.u, l.v, l.whole, l.tokens, l.covered, l.start, l.stop,
        CASE WHEN x.links < y.links OR (x.links = y.links AND l.u < l.v) THEN 1 ELSE 0 END AS from_u
    FROM all_links l
    JOIN asked x ON x.text = l.u
    JOIN degrees y ON y.text = l.v
),
steep_pieces AS (
    SELECT
        a, b, text, chars, whole, tokens, covered, start,
        max(stop) OVER (
            PARTITION BY a, b, text ORDER BY start, stop, piece ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS taken
    FROM (
        SELECT o.a, o.b, x.text, x.chars, l.whole, l.tokens, l.covered, l.start, l.stop, l.v AS piece
        FROM open o
        JOIN holder_common x ON x.owner = o.a
        JOIN steep l ON l.u = x.text AND l.from_u = 1
        JOIN holder_common y ON y.owner = o.b AND y.text = l.v
        UNION ALL
        SELECT o.a, o.b, x.text, x.chars, l.whole, l.tokens, l.covered, l.start, l.stop, l.v AS piece
        FROM open o
        JOIN holder_common y ON y.owner = o.b
        JOIN steep l ON l.v = y.text AND l.from_u = 0
        JOIN holder_common x ON x.owner = o.a AND x.text = l.u
    ) either_way
),
all_held AS (
    SELECT a, b, text, chars FROM held
    UNION
    SELECT a, b, text, chars
    FROM steep_pieces
    GROUP BY a, b, text, chars
    HAVING max(whole) = 1 OR 5 * sum(
            CASE
                WHEN taken IS NULL OR taken <= start THEN covered
                WHEN taken - start < covered THEN covered - (taken - start)
                ELSE 0
            END
        ) >= 4 * max(tokens)
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
