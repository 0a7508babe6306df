-- The candidates with their texts, for verification; sorted so that a text meets its partners in one piece.
SELECT c.u, c.v, a.text AS u_text, b.text AS v_text
FROM candidates c
JOIN texts a ON a.text_hash = c.u
JOIN texts b ON b.text_hash = c.v
ORDER BY c.u, c.v
