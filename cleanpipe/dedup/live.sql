-- The texts that are still in the corpus, each with the first of its paragraphs.
SELECT
    p.text_hash, p.text_number, p.doc_key, p.block, p.shard, p.document, p.outlet, p.prefer, p.published, p.chars, p.tokens
FROM paragraphs p
JOIN (
    SELECT min(place) AS place FROM paragraphs WHERE tokens >= $min_tokens GROUP BY text_number
) f ON f.place = p.place
