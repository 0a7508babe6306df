-- duplicates: paragraphs. The paragraphs that may be dropped or may hold one, the fullest first.
WITH shared AS (
    SELECT text_hash FROM paragraphs WHERE tokens >= $min_tokens GROUP BY text_hash HAVING count(*) > 1
    UNION SELECT held FROM holds
    UNION SELECT holder FROM holds
)
SELECT p.doc_key, p.block, p.shard, p.document, p.type, p.text_hash,
       CASE WHEN h.holder IS NULL THEN FALSE ELSE TRUE END AS holds_document,
       row_number() OVER (ORDER BY p.chars DESC, p.prefer, CASE WHEN p.published = '' THEN 1 ELSE 0 END, p.published,
                          p.document, p.block) AS place
FROM paragraphs p
JOIN shared s ON s.text_hash = p.text_hash
LEFT JOIN document_drops d ON d.doc_key = p.doc_key
LEFT JOIN (SELECT DISTINCT holder FROM document_drops) h ON h.holder = p.doc_key
WHERE d.doc_key IS NULL AND p.tokens >= $min_tokens
