-- The edges of members to their canonical that had not been proposed.
WITH verified AS (
    SELECT
        text_hash AS u, canonical_hash AS v, relation, shared, size AS u_size, canonical_size AS v_size,
        u_runs, v_runs, run_words
    FROM elected
    WHERE text_hash < canonical_hash
    UNION ALL
    SELECT
        canonical_hash AS u,
        text_hash AS v,
        CASE relation WHEN 'contains' THEN 'contained' WHEN 'contained' THEN 'contains' ELSE relation END AS relation,
        shared,
        canonical_size AS u_size,
        size AS v_size,
        v_runs AS u_runs,
        u_runs AS v_runs,
        run_words
    FROM elected
    WHERE text_hash > canonical_hash
)
SELECT
    n.u, n.v, n.relation, n.shared, n.u_size, n.v_size, a.tokens AS u_tokens, b.tokens AS v_tokens,
    n.u_runs, n.v_runs, n.run_words
FROM verified n
JOIN live a ON a.text_hash = n.u
JOIN live b ON b.text_hash = n.v
LEFT JOIN live_edges e ON e.u = n.u AND e.v = n.v
WHERE e.u IS NULL
