-- Every live text and the smallest text of its component in $star (the finished star).
SELECT l.text_hash, coalesce(min(s.v), l.text_hash) AS family_hash
FROM live l
LEFT JOIN $star s ON s.u = l.text_hash
GROUP BY l.text_hash
