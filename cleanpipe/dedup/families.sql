-- Every live text and the smallest text of its family.
SELECT l.text_hash, coalesce(t.v, l.text_hash) AS family_hash
FROM live l
LEFT JOIN family_tree t ON t.u = l.text_hash
