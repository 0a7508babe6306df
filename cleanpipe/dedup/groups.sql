-- Every live text and the canonical text of its group; a text without an edge is its own.
SELECT text_hash, canonical_hash, relation, shared, size, canonical_size
FROM elected
UNION ALL
SELECT l.text_hash, l.text_hash AS canonical_hash, 'exact' AS relation, 1 AS shared, 1 AS size, 1 AS canonical_size
FROM live l
LEFT JOIN elected e ON e.text_hash = l.text_hash
WHERE e.text_hash IS NULL
