-- Every article and its story: the smallest article of its component in $star (the finished star).
SELECT r.article, coalesce(min(s.v), r.article) AS story
FROM records r
LEFT JOIN $star s ON s.u = r.article
GROUP BY r.article
