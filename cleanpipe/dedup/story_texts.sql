-- What an article says (its versions merged), as distinct texts of at least $min_tokens words.
SELECT r.article, s.text_hash, max(s.chars) AS chars
FROM sketches s
JOIN records r ON r.doc_key = s.doc_key
WHERE s.tokens >= $min_tokens
GROUP BY r.article, s.text_hash
