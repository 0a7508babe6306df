-- What an article says (its versions merged), as distinct texts of at least $min_tokens words, all by number.
SELECT a.article_number AS owner, n.text_number AS text, max(s.tokens) AS tokens, max(s.chars) AS chars
FROM sketches s
JOIN records r ON r.doc_key = s.doc_key
JOIN article_numbers a ON a.article = r.article
JOIN text_numbers n ON n.text_hash = s.text_hash
WHERE s.tokens >= $min_tokens
GROUP BY a.article_number, n.text_number
