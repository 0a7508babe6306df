-- one row a mark: all the evidence, carried or not
SELECT r.id AS document, m.block, m.n, m.processor, m.rule, m.action, m.start, m."end", m.strength, m.family, m.type,
       m.score, m.reason, m.evidence
FROM (SELECT 0 AS late, marks.* FROM marks UNION ALL SELECT 1 AS late, late_marks.* FROM late_marks) m
JOIN records r ON r.doc_key = m.doc_key
WHERE r.status <> 'seen'
ORDER BY r.id, m.block, m.late, m.n, m.processor, m.rule, m.start, m."end", m.action, m.family, m.reason
