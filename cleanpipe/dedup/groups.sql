-- Every live text, the canonical text of its group and the smallest text of its family in $star (the finished star of
-- text numbers); a text without an edge is its own. Families of three and more were elected; of two the first in
-- canonical order is canonical, and their edge says what the other is to it.
WITH couples AS (
    SELECT max(u) AS u, v FROM $star GROUP BY v HAVING count(*) = 1
),
ordered AS (
    SELECT
        c.v AS low, c.u AS high,
        CASE
            WHEN a.precedence < b.precedence OR (a.precedence = b.precedence AND a.number < b.number) THEN 1 ELSE 0
        END AS low_first
    FROM couples c
    JOIN live a ON a.text_number = c.v
    JOIN live b ON b.text_number = c.u
),
joined AS (
    SELECT text, canonical, relation, shared, size, canonical_size FROM elected
    UNION ALL
    SELECT
        CASE o.low_first WHEN 1 THEN o.high ELSE o.low END AS text,
        CASE o.low_first WHEN 1 THEN o.low ELSE o.high END AS canonical,
        CASE
            WHEN o.low_first = 1 AND e.relation = 'contains' THEN 'contained'
            WHEN o.low_first = 1 AND e.relation = 'contained' THEN 'contains'
            ELSE e.relation
        END AS relation,
        e.shared,
        CASE o.low_first WHEN 1 THEN e.v_size ELSE e.u_size END AS size,
        CASE o.low_first WHEN 1 THEN e.u_size ELSE e.v_size END AS canonical_size
    FROM live_edges e
    JOIN ordered o ON o.low = e.u_number AND o.high = e.v_number
),
named AS (
    SELECT j.text, j.canonical, n.text_hash AS canonical_hash, j.relation, j.shared, j.size, j.canonical_size
    FROM joined j
    JOIN text_numbers n ON n.text_number = j.canonical
)
SELECT
    l.text_hash,
    coalesce(e.canonical_hash, l.text_hash) AS canonical_hash,
    coalesce(e.relation, 'exact') AS relation,
    coalesce(e.shared, 1) AS shared,
    coalesce(e.size, 1) AS size,
    coalesce(e.canonical_size, 1) AS canonical_size,
    l.text_number AS text,
    coalesce(e.canonical, l.text_number) AS canonical,
    coalesce(s.v, l.text_number) AS family
FROM live l
LEFT JOIN named e ON e.text = l.text_number
LEFT JOIN $star s ON s.u = l.text_number
