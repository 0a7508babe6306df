-- one row a verified pair of distinct texts that both stand in the corpus: u IS relation TO v, each with the first
-- paragraph that carries it
WITH carriers AS (
    SELECT text_hash, document, block,
           row_number() OVER (PARTITION BY text_hash ORDER BY document, block) AS place
    FROM paragraphs
)
SELECT lower(hex(e.u)) AS u, lower(hex(e.v)) AS v, e.relation, e.shared, e.u_size, e.v_size, e.u_tokens, e.v_tokens, e.u_runs, e.v_runs,
       e.run_words,
       a.document || '#' || CAST(a.block AS STRING) AS u_paragraph,
       b.document || '#' || CAST(b.block AS STRING) AS v_paragraph
FROM (SELECT * FROM live_edges UNION ALL SELECT * FROM more_edges) e
JOIN carriers a ON a.text_hash = e.u AND a.place = 1
JOIN carriers b ON b.text_hash = e.v AND b.place = 1
ORDER BY a.document, a.block, b.document, b.block, e.relation
