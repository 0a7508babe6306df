-- The edges of members to their canonical that had not been proposed.
WITH verified AS (
    SELECT
        text AS u, canonical AS v, relation, shared, size AS u_size, canonical_size AS v_size, u_runs, v_runs, run_words,
        covered, u_start, u_stop, v_start, v_stop
    FROM elected
    WHERE text < canonical
    UNION ALL
    SELECT
        canonical AS u,
        text AS v,
        CASE relation WHEN 'contains' THEN 'contained' WHEN 'contained' THEN 'contains' ELSE relation END AS relation,
        shared,
        canonical_size AS u_size,
        size AS v_size,
        v_runs AS u_runs,
        u_runs AS v_runs,
        run_words,
        covered,
        v_start AS u_start,
        v_stop AS u_stop,
        u_start AS v_start,
        u_stop AS v_stop
    FROM elected
    WHERE text > canonical
)
SELECT
    a.text_hash AS u, b.text_hash AS v, n.u AS u_number, n.v AS v_number, n.relation, n.shared, n.u_size, n.v_size,
    a.tokens AS u_tokens, b.tokens AS v_tokens, n.u_runs, n.v_runs, n.run_words, n.covered, n.u_start, n.u_stop,
    n.v_start, n.v_stop
FROM verified n
LEFT JOIN live_edges e ON e.u_number = n.u AND e.v_number = n.v
JOIN live a ON a.text_number = n.u
JOIN live b ON b.text_number = n.v
WHERE e.u IS NULL
