-- Every article and its story: the smallest article of its component in $star (the finished star).
SELECT n.article, coalesce(t.article, n.article) AS story
FROM article_numbers n
LEFT JOIN (SELECT u, min(v) AS v FROM $star GROUP BY u) s ON s.u = n.article_number
LEFT JOIN article_numbers t ON t.article_number = s.v
