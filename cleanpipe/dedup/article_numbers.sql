-- A dense number for each article, in the order of their keys.
SELECT article, row_number() OVER (ORDER BY article) AS article_number
FROM (SELECT DISTINCT article FROM records) articles
