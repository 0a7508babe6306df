-- The edges of members to their canonical that LSH had not proposed.
WITH verified AS (
    SELECT text_hash AS u, canonical_hash AS v, relation, shared, size AS u_size, canonical_size AS v_size
    FROM groups
    WHERE text_hash < canonical_hash
    UNION ALL
    SELECT
        canonical_hash AS u,
        text_hash AS v,
        CASE relation WHEN 'contains' THEN 'contained' WHEN 'contained' THEN 'contains' ELSE relation END AS relation,
        shared,
        canonical_size AS u_size,
        size AS v_size
    FROM groups
    WHERE text_hash > canonical_hash
)
SELECT n.u, n.v, n.relation, n.shared, n.u_size, n.v_size, a.tokens AS u_tokens, b.tokens AS v_tokens
FROM verified n
JOIN live a ON a.text_hash = n.u
JOIN live b ON b.text_hash = n.v
LEFT JOIN live_edges e ON e.u = n.u AND e.v = n.v
WHERE e.u IS NULL
