-- memberships -> occurrences: every place where a group's paragraph stands, in the shard of the group's canonical, with
-- its text where it differs from the canonical one. Texts are read only for groups of more than one.
WITH shown AS (
    SELECT m.*, row_number() OVER (PARTITION BY group_key, group_block
        ORDER BY CASE WHEN m.doc_key = m.group_key AND m.block = m.group_block THEN 0 ELSE 1 END,
                 CASE WHEN p.published = '' THEN 1 ELSE 0 END, p.published, p.document, m.block) AS place,
        p.document, p.outlet, p.url, p.published, p.source_start, p.source_end
    FROM memberships m
    JOIN paragraphs p ON p.doc_key = m.doc_key AND p.block = m.block
)
SELECT o.group_shard AS shard, o.group_key, o.group_block, CAST(o.place AS INTEGER) AS place, o.document, o.outlet,
       o.url, o.published, o.block, o.source_start, o.source_end, o.relation, o.shared, o.size, o.canonical_size,
       CASE WHEN t.text IS NULL OR t.text = c.text THEN '' ELSE t.text END AS text
FROM shown o
LEFT JOIN sketches t ON t.doc_key = o.doc_key AND t.block = o.block AND o.place > 1
LEFT JOIN sketches c ON c.doc_key = o.group_key AND c.block = o.group_block AND o.place > 1
WHERE o.place <= $occurrences
