-- One row a paragraph: its group, its canonical paragraph, its family, and why the canonical is it. The first paragraph
-- of a group in canonical order is of the canonical text, for that is how groups were made.
WITH grouped AS (
    SELECT
        p.doc_key, p.block, p.shard, p.document, p.outlet, p.prefer, p.prefer_because, p.published, p.chars,
        g.canonical_hash, f.family_hash, g.relation, g.shared, g.size, g.canonical_size
    FROM paragraphs p
    JOIN groups g ON g.text_hash = p.text_hash
    JOIN families f ON f.text_hash = p.text_hash
    WHERE p.tokens >= $min_tokens
),
placed AS (
    SELECT
        doc_key, block, shard, document, outlet, prefer, prefer_because, published, chars,
        canonical_hash, family_hash, relation, shared, size, canonical_size,
        row_number() OVER (PARTITION BY canonical_hash ORDER BY $canonical_order) AS place,
        row_number() OVER (PARTITION BY family_hash ORDER BY document, block) AS family_place
    FROM grouped
),
counted AS (
    SELECT canonical_hash, count(DISTINCT outlet) AS outlet_count, count(*) AS occurrence_count
    FROM grouped
    GROUP BY canonical_hash
),
canonicals AS (
    SELECT
        c.canonical_hash, c.doc_key, c.block, c.shard, c.document,
        -- the first key in which the canonical differs from the next in order
        CASE
            WHEN s.doc_key IS NULL THEN 'the only place where it stands'
            WHEN c.prefer < s.prefer THEN concat('preferred: ', c.prefer_because)
            WHEN c.published <> s.published THEN 'published first'
            WHEN c.chars > s.chars THEN 'the fullest text'
            ELSE 'its id sorts first'
        END AS chosen_because
    FROM placed c
    LEFT JOIN placed s ON s.canonical_hash = c.canonical_hash AND s.place = 2
    WHERE c.place = 1
),
families_named AS (
    SELECT family_hash, document, block FROM placed WHERE family_place = 1
)
SELECT
    p.doc_key, p.block, p.shard, p.outlet,
    c.doc_key AS group_key,
    c.block AS group_block,
    c.shard AS group_shard,
    concat(c.document, '#', CAST(c.block AS STRING)) AS group_id,
    CASE WHEN p.place = 1 THEN 'canonical' ELSE p.relation END AS relation,
    p.shared, p.size, p.canonical_size,
    n.outlet_count, n.occurrence_count,
    concat(f.document, '#', CAST(f.block AS STRING)) AS family,
    c.chosen_because
FROM placed p
JOIN canonicals c ON c.canonical_hash = p.canonical_hash
JOIN counted n ON n.canonical_hash = p.canonical_hash
JOIN families_named f ON f.family_hash = p.family_hash
UNION ALL
SELECT
    doc_key, block, shard, outlet,
    doc_key AS group_key,
    block AS group_block,
    shard AS group_shard,
    concat(document, '#', CAST(block AS STRING)) AS group_id,
    'canonical' AS relation,
    1 AS shared, 1 AS size, 1 AS canonical_size,
    1 AS outlet_count, 1 AS occurrence_count,
    concat(document, '#', CAST(block AS STRING)) AS family,
    'too short to be compared' AS chosen_because
FROM paragraphs
WHERE tokens < $min_tokens
