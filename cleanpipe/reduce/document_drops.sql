-- duplicates: documents. Each paragraph of a dropped document, with the paragraph of its holder that it is most like: the
-- same text, or a verified edge. A paragraph without one goes with its document (held_by is empty).
WITH alike AS (
    SELECT text_hash AS a, text_hash AS b, 1 AS same, 0 AS shared FROM (SELECT DISTINCT text_hash FROM paragraphs) AS t
    UNION ALL SELECT u, v, 0, shared FROM live_edges WHERE relation IN ('near', 'contains', 'contained')
    UNION ALL SELECT v, u, 0, shared FROM live_edges WHERE relation IN ('near', 'contains', 'contained')
),
held AS (
    SELECT p.doc_key, p.block, h.document || '#' || CAST(h.block AS VARCHAR) AS name,
           row_number() OVER (PARTITION BY p.doc_key, p.block ORDER BY x.same DESC, x.shared DESC, h.block) AS place
    FROM document_drops d
    JOIN paragraphs p ON p.doc_key = d.doc_key
    JOIN alike x ON x.a = p.text_hash
    JOIN paragraphs h ON h.doc_key = d.holder AND h.text_hash = x.b
    WHERE p.tokens >= $min_tokens
)
SELECT p.doc_key, p.block, p.shard, 'duplicates/documents@1' AS rule, coalesce(held.name, '') AS held_by,
       'The article republishes ' || r.id || ', which holds '
       || CAST(CAST(floor(d.held * 100.0 / d.chars) AS INTEGER) AS VARCHAR) || ' % of it.' AS reason
FROM document_drops d
JOIN paragraphs p ON p.doc_key = d.doc_key
JOIN records r ON r.doc_key = d.holder
LEFT JOIN held ON held.doc_key = p.doc_key AND held.block = p.block AND held.place = 1
