-- decisions -> paragraphs: the kept blocks of documents that stand in the corpus, with what the reduce needs of them.
-- A block that was certain to go and that a guard saved was not sketched: with 0 tokens it is never grouped. If no sketch
-- has its text, that has a number below 0.
-- number: the order of paragraph ids (document, then block). precedence, then number: canonical order, in which a canonical
-- is chosen, and "the first" of anything is meant: preferred name or outlet, earliest publication (unknown last), fullest
-- text, then id.
SELECT k.doc_key, k.block, r.shard, r.id AS document, r.outlet, r.article, r.url, r.published, r.prefer,
       r.prefer_because, k.type, b.start AS source_start, b."end" AS source_end,
       coalesce(s.chars, p.chars) AS chars, coalesce(s.tokens, 0) AS tokens,
       coalesce(s.text_hash, p.text_hash) AS text_hash, coalesce(n.text_number, m.text_number) AS text_number,
       r.id_rank * 4294967296 + k.block AS number,
       r.date_rank * 2147483648 + 2147483647 - coalesce(s.chars, p.chars) AS precedence
FROM decisions k
JOIN records r ON r.doc_key = k.doc_key
JOIN blocks b ON b.doc_key = k.doc_key AND b.block = k.block
LEFT JOIN sketches s ON s.doc_key = k.doc_key AND s.block = k.block
LEFT JOIN spares p ON p.doc_key = k.doc_key AND p.block = k.block
LEFT JOIN text_numbers n ON n.text_hash = coalesce(s.text_hash, p.text_hash)
LEFT JOIN (
    SELECT text_hash, 0 - row_number() OVER (ORDER BY text_hash) AS text_number
    FROM (SELECT DISTINCT text_hash FROM spares) saved
) m ON m.text_hash = p.text_hash
WHERE k.action = 'keep' AND r.status IN ('current', '$also')
