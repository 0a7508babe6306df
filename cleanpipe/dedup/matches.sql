-- The paragraphs of other groups that a paragraph contains, stands in, quotes or contradicts: the first paragraph of each such text, by
-- paragraph id at most $limit of them, with the count of all.
WITH directed AS (
    SELECT u, v, relation, shared, u_size AS size, v_size AS other_size
    FROM live_edges
    WHERE relation IN ('contains', 'contained', 'quotation', 'conflict')
    UNION ALL
    SELECT
        v AS u, u AS v,
        CASE relation WHEN 'contains' THEN 'contained' WHEN 'contained' THEN 'contains' ELSE relation END AS relation,
        shared, v_size AS size, u_size AS other_size
    FROM live_edges
    WHERE relation IN ('contains', 'contained', 'quotation', 'conflict')
),
further AS (
    SELECT
        k.u AS text_hash, k.relation, k.shared, k.size, k.other_size, l.document, l.block, l.outlet,
        row_number() OVER (PARTITION BY k.u ORDER BY l.document, l.block) AS place,
        count(*) OVER (PARTITION BY k.u) AS match_count
    FROM directed k
    JOIN groups a ON a.text_hash = k.u
    JOIN groups b ON b.text_hash = k.v
    JOIN live l ON l.text_hash = k.v
    WHERE a.canonical_hash <> b.canonical_hash
)
SELECT
    p.doc_key, p.block, p.shard, m.place, m.match_count,
    concat(m.document, '#', CAST(m.block AS STRING)) AS paragraph,
    m.outlet, m.relation, m.shared, m.size, m.other_size
FROM paragraphs p
JOIN further m ON m.text_hash = p.text_hash
WHERE m.place <= $limit
