-- one row a document (an earlier version too): what is known of it, where it was read, its versions' and dedup's verdict
SELECT r.id, r.outlet, d.outlet_from, d.url, d.canonical_url, d.title, d.published, d.unread_date, d.fetched, d.truncated, d.authors,
       d.site, d.language, d.metadata_from, d.kind, d.entries, r.status,
       r.version, d.origin, d.rights, d.root, d.path, d.record, d.format, d.media_type, d.encoding, d.sha256, d.chars, d.tail,
       coalesce(x.duplicate_of, '') AS duplicate_of, coalesce(x.shared_fraction, 0) AS shared_fraction,
       coalesce(x.dropped, FALSE) AS dropped
FROM records r
JOIN documents d ON d.doc_key = r.doc_key
LEFT JOIN document_results x ON x.doc_key = r.doc_key
WHERE r.status <> 'seen'
ORDER BY r.id
