-- one row a distinct paragraph, named by its canonical
SELECT p.document || '#' || CAST(p.block AS STRING) AS id, p.document, p.block, lower(hex(p.text_hash)) AS text_hash,
       g.family, g.chosen_because, g.outlet_count, g.occurrence_count
FROM group_results g
JOIN paragraphs p ON p.doc_key = g.doc_key AND p.block = g.block
ORDER BY p.document, p.block
