-- Edges fall with a stripped end. Texts that are alike and tell other facts are a conflict where both stand in one story,
-- else filled from one template.
WITH told AS (
    SELECT DISTINCT p.text_hash, s.story FROM paragraphs p JOIN stories s ON s.article = p.article
),
disputed AS (
    SELECT DISTINCT e.u, e.v
    FROM edges e
    JOIN told a ON a.text_hash = e.u
    JOIN told b ON b.text_hash = e.v AND b.story = a.story
    WHERE e.relation = 'differs'
)
SELECT
    e.u, e.v,
    CASE WHEN e.relation <> 'differs' THEN e.relation WHEN d.u IS NULL THEN 'template' ELSE 'conflict' END AS relation,
    e.shared, e.u_size, e.v_size, e.u_tokens, e.v_tokens, e.u_runs, e.v_runs, e.run_words
FROM edges e
JOIN live a ON a.text_hash = e.u
JOIN live b ON b.text_hash = e.v
LEFT JOIN disputed d ON d.u = e.u AND d.v = e.v
