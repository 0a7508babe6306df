-- one row a record that was read: the document that it is, its place among the versions, the current version's id
SELECT r.id AS document, r.status, r.version, c.id AS current_document, d.root, d.path, d.record, d.format, d.media_type,
       d.encoding, d.sha256, d.url, d.published, d.fetched
FROM records r
JOIN documents d ON d.doc_key = r.doc_key
JOIN records o ON o.doc_key = CASE WHEN r.status = 'seen' THEN r.of ELSE r.doc_key END
JOIN records c ON c.doc_key = o.of
ORDER BY r.id, r.version, r.status, d.root, d.path, d.record
