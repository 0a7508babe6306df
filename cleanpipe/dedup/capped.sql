-- For the manifest: in how many buckets the cap bit, and the largest.
SELECT count(*) AS buckets, coalesce(max(size), 0) AS largest
FROM (SELECT band, count(*) AS size FROM bands GROUP BY band HAVING count(*) > $bucket) capped
