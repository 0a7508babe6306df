-- duplicates: paragraphs. The pairs in which one text holds at least four fifths of another's shingles by a verified edge.
WITH linked AS (
    SELECT u, v, shared, u_size, v_size FROM live_edges WHERE relation IN ('near', 'contains', 'contained')
    UNION ALL SELECT u, v, shared, u_size, v_size FROM more_edges
),
directed AS (
    SELECT u AS held, v AS holder, shared, u_size AS size FROM linked
    UNION ALL SELECT v AS held, u AS holder, shared, v_size AS size FROM linked
),
wanted AS (
    SELECT held, holder, shared, size FROM directed WHERE 5 * shared >= 4 * size AND '$duplicates' = 'paragraphs'
),
wanted_ends AS (
    SELECT held AS text_hash FROM wanted
    UNION
    SELECT holder AS text_hash FROM wanted
),
said AS (
    SELECT t.text_hash, t.text FROM ends t JOIN wanted_ends e ON e.text_hash = t.text_hash
)
SELECT d.held, d.holder, d.shared, d.size, a.text AS held_text, b.text AS holder_text
FROM wanted d
JOIN said a ON a.text_hash = d.held
JOIN said b ON b.text_hash = d.holder
ORDER BY d.held, d.shared DESC, d.holder
