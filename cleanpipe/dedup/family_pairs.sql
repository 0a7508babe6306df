-- The links whose components are the families, by number. Groups are elected within a family, so that no group straddles
-- two. Containment of a text of under 20 words counts only where two documents that hold the two texts share two more
-- edges (an equal text is an edge too). Asked of the four lowest documents of either text, so that a stock phrase in a
-- thousand documents costs sixteen questions.
WITH doubtful AS (
    SELECT u, v FROM live_links WHERE brief = 1 AND u < v
),
doubtful_ends AS (
    SELECT u AS text FROM doubtful
    UNION
    SELECT v AS text FROM doubtful
),
firsts AS (
    SELECT doc_key, text
    FROM (
        SELECT doc_key, text, row_number() OVER (PARTITION BY text ORDER BY doc_key) AS place
        FROM (
            SELECT DISTINCT p.doc_key, p.text_number AS text
            FROM paragraphs p
            JOIN doubtful_ends d ON d.text = p.text_number
        ) ends
    ) placed
    WHERE place <= 4
),
asked AS (
    SELECT
        d.u, d.v,
        CASE WHEN a.doc_key < b.doc_key THEN a.doc_key ELSE b.doc_key END AS a,
        CASE WHEN a.doc_key < b.doc_key THEN b.doc_key ELSE a.doc_key END AS b
    FROM doubtful d
    JOIN firsts a ON a.text = d.u
    JOIN firsts b ON b.text = d.v
    WHERE a.doc_key <> b.doc_key
),
documents_asked AS (
    SELECT DISTINCT a, b FROM asked
),
stands AS (
    SELECT DISTINCT p.doc_key, p.text_number AS text
    FROM paragraphs p
    JOIN (SELECT a AS doc_key FROM asked UNION SELECT b AS doc_key FROM asked) q ON q.doc_key = p.doc_key
    WHERE p.tokens >= $min_tokens
),
-- An edge is followed from the text with fewer edges: one text may have an edge to thousands.
degrees AS (
    SELECT u AS text, count(*) AS links FROM live_links GROUP BY u
),
steep AS (
    SELECT l.u, l.v
    FROM live_links l
    JOIN degrees x ON x.text = l.u
    JOIN degrees y ON y.text = l.v
    WHERE x.links < y.links OR (x.links = y.links AND l.u < l.v)
),
shared AS (
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN stands x ON x.doc_key = q.a
    JOIN stands y ON y.doc_key = q.b AND y.text = x.text
    UNION ALL
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN stands x ON x.doc_key = q.a
    JOIN steep l ON l.u = x.text
    JOIN stands y ON y.doc_key = q.b AND y.text = l.v
    UNION ALL
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN stands x ON x.doc_key = q.b
    JOIN steep l ON l.u = x.text
    JOIN stands y ON y.doc_key = q.a AND y.text = l.v
),
close AS (
    SELECT a, b FROM shared GROUP BY a, b HAVING count(*) >= 3
)
SELECT u, v FROM live_links WHERE brief = 0 AND u < v
UNION
SELECT q.u, q.v
FROM asked q
JOIN close c ON c.a = q.a AND c.b = q.b
