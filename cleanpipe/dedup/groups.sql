-- Every live text, the canonical text of its group and the smallest text of its family in $star (the finished star of
-- text numbers); a text without an edge is its own.
SELECT
    l.text_hash,
    coalesce(e.canonical_hash, l.text_hash) AS canonical_hash,
    coalesce(e.relation, 'exact') AS relation,
    coalesce(e.shared, 1) AS shared,
    coalesce(e.size, 1) AS size,
    coalesce(e.canonical_size, 1) AS canonical_size,
    l.text_number AS text,
    coalesce(c.text_number, l.text_number) AS canonical,
    coalesce(s.v, l.text_number) AS family
FROM live l
LEFT JOIN elected e ON e.text_hash = l.text_hash
LEFT JOIN (SELECT text_hash, text_number FROM live) c ON c.text_hash = e.canonical_hash
LEFT JOIN $star s ON s.u = l.text_number
