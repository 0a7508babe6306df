-- The pairs of texts of one family that tell different facts.
SELECT a.part, e.u_number AS u, e.v_number AS v
FROM live_edges e
JOIN family_texts a ON a.text_number = e.u_number
JOIN family_texts b ON b.text_number = e.v_number AND b.family = a.family
WHERE e.relation IN ('conflict', 'template')
