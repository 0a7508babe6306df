-- The edges whose components are the families. Groups are elected within a family, so that no group straddles two.
-- Containment of a text of under 20 words counts only where two documents that hold the two texts share two more edges
-- (an equal text is an edge too). Asked of the four lowest documents of either text, so that a stock phrase in a thousand
-- documents costs sixteen questions.
WITH linked AS (
    SELECT u, v, relation, u_tokens, v_tokens 
    FROM live_edges
    WHERE relation IN ('near', 'contains', 'contained', 'quotation')
),
doubtful AS (
    SELECT u, v FROM linked WHERE relation <> 'near' AND (u_tokens < 20 OR v_tokens < 20)
),
doubtful_ends AS (
    SELECT u AS text_hash FROM doubtful
    UNION
    SELECT v AS text_hash FROM doubtful
),
firsts AS (
    SELECT doc_key, text_hash
    FROM (
        SELECT doc_key, text_hash, row_number() OVER (PARTITION BY text_hash ORDER BY doc_key) AS place
        FROM (
            SELECT DISTINCT p.doc_key, p.text_hash
            FROM paragraphs p
            JOIN doubtful_ends d ON d.text_hash = p.text_hash
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
    JOIN firsts a ON a.text_hash = d.u
    JOIN firsts b ON b.text_hash = d.v
    WHERE a.doc_key <> b.doc_key
),
documents_asked AS (
    SELECT DISTINCT a, b FROM asked
),
places AS (
    SELECT DISTINCT p.doc_key, p.text_hash
    FROM paragraphs p
    JOIN (SELECT a AS doc_key FROM asked UNION SELECT b AS doc_key FROM asked) q ON q.doc_key = p.doc_key
    WHERE p.tokens >= $min_tokens
),
-- An edge is followed from the text with fewer edges: one text may have an edge to thousands.
directed AS (
    SELECT u, v FROM linked
    UNION ALL
    SELECT v AS u, u AS v FROM linked
),
degrees AS (
    SELECT u AS text_hash, count(*) AS links FROM directed GROUP BY u
),
steep AS (
    SELECT l.u, l.v
    FROM directed l
    JOIN degrees x ON x.text_hash = l.u
    JOIN degrees y ON y.text_hash = l.v
    WHERE x.links < y.links OR (x.links = y.links AND l.u < l.v)
),
common AS (
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN places x ON x.doc_key = q.a
    JOIN places y ON y.doc_key = q.b AND y.text_hash = x.text_hash
    UNION ALL
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN places x ON x.doc_key = q.a
    JOIN steep l ON l.u = x.text_hash
    JOIN places y ON y.doc_key = q.b AND y.text_hash = l.v
    UNION ALL
    SELECT q.a, q.b
    FROM documents_asked q
    JOIN places x ON x.doc_key = q.b
    JOIN steep l ON l.u = x.text_hash
    JOIN places y ON y.doc_key = q.a AND y.text_hash = l.v
),
close AS (
    SELECT a, b FROM common GROUP BY a, b HAVING count(*) >= 3
)
SELECT u, v FROM linked WHERE relation = 'near' OR (u_tokens >= 20 AND v_tokens >= 20)
UNION
SELECT q.u, q.v
FROM asked q
JOIN close c ON c.a = q.a AND c.b = q.b
