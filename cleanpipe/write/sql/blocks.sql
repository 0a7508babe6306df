-- one row a block: gap + text over a document's blocks, then documents.tail, is its source text
SELECT r.id AS document, b.block, b.start, b."end", b.gap, b.text,
       CASE WHEN k.action <> 'keep' THEN k.action
            WHEN r.status NOT IN ('current', '$also') THEN 'superseded'
            WHEN p.dropped THEN 'duplicate' ELSE 'keep' END AS action,
       k.type,
       CASE WHEN k.action <> 'keep' THEN k.rule
            WHEN r.status NOT IN ('current', '$also') THEN 'versions/latest@1'
            WHEN p.dropped THEN p.drop_rule ELSE k.rule END AS rule,
       CASE WHEN k.action <> 'keep' THEN k.reason
            WHEN r.status NOT IN ('current', '$also') THEN 'An earlier version of ' || c.id || ', which is in the corpus.'
            WHEN p.dropped THEN p.drop_reason ELSE k.reason END AS reason,
       k.confidence, b.element, b.names, b.around, b.linked, b.bold
FROM blocks b
JOIN decisions k ON k.doc_key = b.doc_key AND k.block = b.block
JOIN records r ON r.doc_key = b.doc_key
JOIN records c ON c.doc_key = r.of
LEFT JOIN paragraph_results p ON p.doc_key = b.doc_key AND p.block = b.block
WHERE r.status <> 'seen'
ORDER BY r.id, b.block
