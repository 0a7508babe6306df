-- memberships -> occurrences: every place where a group's paragraph stands, in the shard of the group's canonical, with
-- its text where it differs from the canonical one. Texts are read only for groups of more than one.
WITH placed AS (
    SELECT m.doc_key, m.block, m.group_shard, m.group_key, m.group_block, m.relation, m.shared, m.size,
           m.canonical_size, p.document, p.outlet, p.url, p.published, p.source_start, p.source_end,
           row_number() OVER (PARTITION BY m.group_key, m.group_block
                              ORDER BY CASE WHEN m.relation = 'canonical' THEN 0 ELSE 1 END,
                                       CASE WHEN p.published = '' THEN 1 ELSE 0 END, p.published, p.number) AS place
    FROM paragraphs p
    JOIN memberships m ON m.doc_key = p.doc_key AND m.block = p.block
    WHERE m.occurrence_count > 1
),
canonicals AS (
    SELECT s.doc_key, s.block, s.text
    FROM sketches s
    JOIN placed o ON o.doc_key = s.doc_key AND o.block = s.block
    WHERE o.place = 1
)
SELECT m.shard, m.group_key, m.group_block, 1 AS place, p.document, p.outlet, p.url, p.published, p.block,
       p.source_start, p.source_end, m.relation, m.shared, m.size, m.canonical_size, '' AS text
FROM paragraphs p
JOIN memberships m ON m.doc_key = p.doc_key AND m.block = p.block
WHERE m.occurrence_count = 1
UNION ALL
SELECT group_shard AS shard, group_key, group_block, 1 AS place, document, outlet, url, published, block,
       source_start, source_end, relation, shared, size, canonical_size, '' AS text
FROM placed
WHERE place = 1
UNION ALL
SELECT o.group_shard AS shard, o.group_key, o.group_block, CAST(o.place AS INTEGER) AS place, o.document, o.outlet,
       o.url, o.published, o.block, o.source_start, o.source_end, o.relation, o.shared, o.size, o.canonical_size,
       CASE WHEN s.text = c.text THEN '' ELSE s.text END AS text
FROM sketches s
JOIN placed o ON o.doc_key = s.doc_key AND o.block = s.block
JOIN canonicals c ON c.doc_key = o.group_key AND c.block = o.group_block
WHERE o.place BETWEEN 2 AND $occurrences
