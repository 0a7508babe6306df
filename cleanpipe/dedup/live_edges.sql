-- Edges fall with a stripped end. Texts that are alike and tell other facts are a conflict where both stand in one story,
-- else filled from one template.
WITH differing AS (
    SELECT u, v FROM edges WHERE relation = 'differs'
),
ends AS (
    SELECT u AS text_hash FROM differing
    UNION
    SELECT v AS text_hash FROM differing
),
told AS (
    SELECT DISTINCT p.text_hash, s.story
    FROM paragraphs p
    JOIN ends e ON e.text_hash = p.text_hash
    JOIN stories s ON s.article = p.article
),
disputed AS (
    SELECT DISTINCT d.u, d.v
    FROM differing d
    JOIN told a ON a.text_hash = d.u
    JOIN told b ON b.text_hash = d.v AND b.story = a.story
),
fallen AS (
    SELECT n.text_hash
    FROM text_numbers n
    LEFT JOIN live l ON l.text_number = n.text_number
    WHERE l.text_number IS NULL
)
SELECT
    e.u, e.v,
    CASE WHEN e.relation <> 'differs' THEN e.relation WHEN d.u IS NULL THEN 'template' ELSE 'conflict' END AS relation,
    e.shared, e.u_size, e.v_size, e.u_tokens, e.v_tokens, e.u_runs, e.v_runs, e.run_words
FROM edges e
LEFT JOIN fallen a ON a.text_hash = e.u
LEFT JOIN fallen b ON b.text_hash = e.v
LEFT JOIN disputed d ON d.u = e.u AND d.v = e.v
WHERE a.text_hash IS NULL AND b.text_hash IS NULL
