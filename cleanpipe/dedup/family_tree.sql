-- The finished star $star of text numbers, as texts.
SELECT a.text_hash AS u, b.text_hash AS v
FROM $star s
JOIN text_numbers a ON a.text_number = s.u
JOIN text_numbers b ON b.text_number = s.v
