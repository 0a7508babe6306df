-- duplicates: paragraphs. The pairs in which one text holds at least four fifths of another's shingles by a verified edge.
WITH linked AS (
    SELECT u, v, shared, u_size, v_size FROM live_edges WHERE relation IN ('near', 'contains', 'contained')
    UNION ALL SELECT u, v, shared, u_size, v_size FROM more_edges
),
directed AS (
    SELECT u AS held, v AS holder, shared, u_size AS size FROM linked
    UNION ALL SELECT v AS held, u AS holder, shared, v_size AS size FROM linked
)
SELECT d.held, d.holder, d.shared, d.size, a.text AS held_text, b.text AS holder_text
FROM directed d
JOIN texts a ON a.text_hash = d.held
JOIN texts b ON b.text_hash = d.holder
WHERE 5 * d.shared >= 4 * d.size AND '$duplicates' = 'paragraphs'
ORDER BY d.held, d.shared DESC, d.holder
