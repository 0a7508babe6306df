-- For the manifest: how many phrases were too frequent to propose pairs, and the texts of the most frequent one.
SELECT count(*) AS phrases, coalesce(max(size), 0) AS largest
FROM (SELECT phrase, count(*) AS size FROM rare GROUP BY phrase HAVING count(*) > $most) masked
