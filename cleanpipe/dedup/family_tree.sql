-- The families of three and more of $star (the finished star of text numbers), as texts. Of two the edge says all.
SELECT a.text_hash AS u, b.text_hash AS v
FROM $star s
JOIN (SELECT v FROM $star GROUP BY v HAVING count(*) > 1) large ON large.v = s.v
JOIN text_numbers a ON a.text_number = s.u
JOIN text_numbers b ON b.text_number = s.v
