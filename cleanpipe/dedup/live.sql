-- The texts that are still in the corpus, each with the first of its paragraphs in canonical order.
SELECT
    p.text_hash, p.text_number, p.doc_key, p.block, p.shard, p.document, p.outlet, p.prefer, p.published, p.chars, p.tokens,
    p.precedence, p.number
FROM paragraphs p
JOIN (
    SELECT number, row_number() OVER (PARTITION BY text_number ORDER BY precedence, number) AS place
    FROM paragraphs
    WHERE tokens >= $min_tokens
) f ON f.number = p.number
WHERE f.place = 1
