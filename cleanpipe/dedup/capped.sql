-- For the manifest: the size of each bucket where the cap bit.
SELECT count(*) AS size FROM bands GROUP BY band HAVING count(*) > $bucket
