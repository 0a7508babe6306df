-- Edges fall with a stripped end. Texts that are alike and tell other facts are a conflict where both stand in one story,
-- else filled from one template.
WITH differing AS (
    SELECT u_number AS u, v_number AS v FROM edges WHERE relation = 'differs'
),
differing_ends AS (
    SELECT u AS text FROM differing
    UNION
    SELECT v AS text FROM differing
),
told AS (
    SELECT DISTINCT p.text_number AS text, s.story
    FROM paragraphs p
    JOIN differing_ends e ON e.text = p.text_number
    JOIN stories s ON s.article = p.article
),
disputed AS (
    SELECT DISTINCT d.u, d.v
    FROM differing d
    JOIN told a ON a.text = d.u
    JOIN told b ON b.text = d.v AND b.story = a.story
),
fallen AS (
    SELECT n.text_number AS text
    FROM text_numbers n
    LEFT JOIN live l ON l.text_number = n.text_number
    WHERE l.text_number IS NULL
)
SELECT
    e.u, e.v, e.u_number, e.v_number,
    CASE WHEN e.relation <> 'differs' THEN e.relation WHEN d.u IS NULL THEN 'template' ELSE 'conflict' END AS relation,
    e.shared, e.u_size, e.v_size, e.u_tokens, e.v_tokens, e.u_runs, e.v_runs, e.run_words, e.covered,
    e.u_start, e.u_stop, e.v_start, e.v_stop
FROM edges e
LEFT JOIN fallen a ON a.text = e.u_number
LEFT JOIN fallen b ON b.text = e.v_number
LEFT JOIN disputed d ON d.u = e.u_number AND d.v = e.v_number
WHERE a.text IS NULL AND b.text IS NULL
