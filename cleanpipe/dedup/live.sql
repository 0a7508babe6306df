-- The texts that are still in the corpus, each with the first of its paragraphs.
SELECT text_hash, text_number, doc_key, block, shard, document, outlet, prefer, published, chars, tokens
FROM (
    SELECT
        text_hash, text_number, doc_key, block, shard, document, outlet, prefer, published, chars, tokens,
        row_number() OVER (PARTITION BY text_hash ORDER BY $canonical_order) AS place
    FROM paragraphs
    WHERE tokens >= $min_tokens
) placed
WHERE place = 1
