-- One row a paragraph: its group, its canonical paragraph, its family, and why the canonical is it. The first paragraph
-- of a group in canonical order is of the canonical text, for that is how groups were made. Most paragraphs stand alone:
-- only groups and families of several are joined.
WITH grouped AS (
    SELECT p.number, p.precedence, p.outlet, g.canonical, g.family
    FROM paragraphs p
    JOIN groups g ON g.text = p.text_number
    WHERE p.tokens >= $min_tokens
),
shared AS (
    SELECT g.canonical, g.number, g.precedence, g.outlet
    FROM grouped g
    JOIN (SELECT canonical FROM grouped GROUP BY canonical HAVING count(*) > 1) s ON s.canonical = g.canonical
),
counted AS (
    SELECT canonical, count(DISTINCT outlet) AS outlet_count, count(*) AS occurrence_count
    FROM shared
    GROUP BY canonical
),
placed AS (
    SELECT canonical, number, row_number() OVER (PARTITION BY canonical ORDER BY precedence, number) AS place FROM shared
),
canonicals AS (
    SELECT
        n.canonical, c.number, n.outlet_count, n.occurrence_count, c.doc_key, c.block, c.shard,
        concat(c.document, '#', CAST(c.block AS STRING)) AS id,
        -- the first key in which the canonical differs from the next in order
        CASE
            WHEN c.prefer < s.prefer AND c.prefer_because <> '' THEN concat('preferred: ', c.prefer_because)
            WHEN c.prefer < s.prefer THEN 'no stub and no error page'
            WHEN c.published <> s.published THEN 'published first'
            WHEN c.chars > s.chars THEN 'the fullest text'
            ELSE 'its id sorts first'
        END AS chosen_because
    FROM counted n
    JOIN placed a ON a.canonical = n.canonical AND a.place = 1
    JOIN placed b ON b.canonical = n.canonical AND b.place = 2
    JOIN paragraphs c ON c.number = a.number
    JOIN paragraphs s ON s.number = b.number
),
families AS (
    SELECT n.family, concat(p.document, '#', CAST(p.block AS STRING)) AS id
    FROM (SELECT family, min(number) AS number FROM grouped GROUP BY family HAVING count(*) > 1) n
    JOIN paragraphs p ON p.number = n.number
)
SELECT
    p.doc_key, p.block, p.shard, p.outlet,
    coalesce(c.doc_key, p.doc_key) AS group_key,
    coalesce(c.block, p.block) AS group_block,
    coalesce(c.shard, p.shard) AS group_shard,
    coalesce(c.id, concat(p.document, '#', CAST(p.block AS STRING))) AS group_id,
    CASE WHEN c.number IS NULL OR c.number = p.number THEN 'canonical' ELSE g.relation END AS relation,
    coalesce(g.shared, 1) AS shared,
    coalesce(g.size, 1) AS size,
    coalesce(g.canonical_size, 1) AS canonical_size,
    coalesce(c.outlet_count, 1) AS outlet_count,
    coalesce(c.occurrence_count, 1) AS occurrence_count,
    coalesce(f.id, concat(p.document, '#', CAST(p.block AS STRING))) AS family,
    CASE
        WHEN g.text IS NULL THEN 'too short to be compared'
        WHEN c.number IS NULL THEN 'the only place where it stands'
        ELSE c.chosen_because
    END AS chosen_because
FROM paragraphs p
LEFT JOIN groups g ON g.text = p.text_number AND p.tokens >= $min_tokens
LEFT JOIN canonicals c ON c.canonical = g.canonical
LEFT JOIN families f ON f.family = g.family
