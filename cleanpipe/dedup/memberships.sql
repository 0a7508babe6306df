-- One row a paragraph: its group, its canonical paragraph, its family, and why the canonical is it. The first paragraph
-- of a group in canonical order is of the canonical text, for that is how groups were made. Most paragraphs stand alone:
-- only groups and families of several are joined.
WITH grouped AS (
    SELECT p.place, p.number, p.outlet, g.canonical, g.family
    FROM paragraphs p
    JOIN groups g ON g.text = p.text_number
    WHERE p.tokens >= $min_tokens
),
several AS (
    SELECT canonical, min(place) AS place, count(*) AS occurrence_count
    FROM grouped
    GROUP BY canonical
    HAVING count(*) > 1
),
shared AS (
    SELECT
        s.canonical, s.place, s.occurrence_count,
        count(DISTINCT g.outlet) AS outlet_count,
        min(CASE WHEN g.place > s.place THEN g.place END) AS next_place
    FROM grouped g
    JOIN several s ON s.canonical = g.canonical
    GROUP BY s.canonical, s.place, s.occurrence_count
),
canonicals AS (
    SELECT
        n.canonical, n.place, n.outlet_count, n.occurrence_count, c.doc_key, c.block, c.shard,
        concat(c.document, '#', CAST(c.block AS STRING)) AS id,
        -- the first key in which the canonical differs from the next in order
        CASE
            WHEN c.prefer < s.prefer THEN concat('preferred: ', c.prefer_because)
            WHEN c.published <> s.published THEN 'published first'
            WHEN c.chars > s.chars THEN 'the fullest text'
            ELSE 'its id sorts first'
        END AS chosen_because
    FROM shared n
    JOIN paragraphs c ON c.place = n.place
    JOIN paragraphs s ON s.place = n.next_place
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
    CASE WHEN c.place IS NULL OR c.place = p.place THEN 'canonical' ELSE g.relation END AS relation,
    coalesce(g.shared, 1) AS shared,
    coalesce(g.size, 1) AS size,
    coalesce(g.canonical_size, 1) AS canonical_size,
    coalesce(c.outlet_count, 1) AS outlet_count,
    coalesce(c.occurrence_count, 1) AS occurrence_count,
    coalesce(f.id, concat(p.document, '#', CAST(p.block AS STRING))) AS family,
    CASE
        WHEN g.text IS NULL THEN 'too short to be compared'
        WHEN c.place IS NULL THEN 'the only place where it stands'
        ELSE c.chosen_because
    END AS chosen_because
FROM paragraphs p
LEFT JOIN groups g ON g.text = p.text_number AND p.tokens >= $min_tokens
LEFT JOIN canonicals c ON c.canonical = g.canonical
LEFT JOIN families f ON f.family = g.family
