-- For the manifest: the texts of each phrase where the cap bit.
SELECT count(*) AS size FROM rare GROUP BY phrase HAVING count(*) > $most
