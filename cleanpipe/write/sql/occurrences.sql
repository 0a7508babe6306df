-- one row a paragraph: every place where a distinct paragraph stands, also past the cap of the JSONL
SELECT x."group", p.document, p.block, p.outlet, p.url, p.published, p.type, p.source_start, p.source_end,
       lower(hex(p.text_hash)) AS text_hash, p.tokens, x.relation, x.shared, x.size, x.canonical_size, x.outlet_count,
       x.match_count, x.dropped, x.held_by
FROM paragraphs p
JOIN paragraph_results x ON x.doc_key = p.doc_key AND x.block = p.block
ORDER BY x."group", p.document, p.block
