-- Pairs of documents of which b may hold a and stands before it, by place: a document with each anchor of its texts.
WITH able AS (
    -- shared texts make up enough of it: no other can be held
    SELECT d.place AS owner, d.chars
    FROM (SELECT owner, sum(chars) AS chars FROM holder_common GROUP BY owner) c
    JOIN document_order d ON d.place = c.owner
    WHERE 5 * c.chars >= 4 * d.chars
)
SELECT DISTINCT p.owner AS a, n.owner AS b, e.chars AS total
FROM holder_common p
JOIN able e ON e.owner = p.owner
JOIN holder_anchors n ON n.text = p.text
WHERE n.owner < p.owner
