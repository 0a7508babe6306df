-- One row a record: which document holds it (the best of holders), and how much of it stands with other outlets: its texts
-- that stand there themselves, or near, or contained, or of which one piece of four fifths stands there.
-- $dropped names the table of the documents (doc_key) that are dropped whole.
WITH linked AS (
    SELECT u, v, relation, shared, u_size, v_size
    FROM live_edges
    WHERE relation IN ('near', 'contains', 'contained', 'quotation')
    UNION ALL
    SELECT u, v, relation, shared, u_size, v_size FROM more_edges
),
links AS (
    SELECT u, v, CASE WHEN relation IN ('contains', 'quotation') THEN 0 ELSE 1 END AS whole, shared, u_size AS size FROM linked
    UNION ALL
    SELECT v AS u, u AS v, CASE WHEN relation IN ('contained', 'quotation') THEN 0 ELSE 1 END AS whole, shared, v_size AS size
    FROM linked
),
-- the outlets of a text: two of them tell whether there is another than a given one
spread AS (
    SELECT text_hash, min(outlet) AS low, max(outlet) AS high
    FROM paragraphs
    WHERE tokens >= $min_tokens
    GROUP BY text_hash
),
elsewhere AS (
    SELECT p.doc_key, p.block, p.chars
    FROM paragraphs p
    JOIN spread s ON s.text_hash = p.text_hash
    WHERE s.low <> p.outlet OR s.high <> p.outlet
    UNION
    SELECT p.doc_key, p.block, p.chars
    FROM paragraphs p
    JOIN links l ON l.u = p.text_hash
    JOIN spread s ON s.text_hash = l.v
    WHERE s.low <> p.outlet OR s.high <> p.outlet
    GROUP BY p.doc_key, p.block, p.chars
    HAVING max(l.whole) = 1 OR 5 * max(l.shared) >= 4 * max(l.size)
),
shares AS (
    SELECT doc_key, sum(chars) AS chars FROM elsewhere GROUP BY doc_key
)
SELECT
    r.doc_key,
    r.shard,
    coalesce(h.holder_id, '') AS duplicate_of,
    CASE WHEN k.chars > 0 THEN CAST(coalesce(s.chars, 0) AS DOUBLE) / CAST(k.chars AS DOUBLE) ELSE CAST(0 AS DOUBLE) END
        AS shared_fraction,
    CASE WHEN d.doc_key IS NULL THEN FALSE ELSE TRUE END AS dropped
FROM records r
LEFT JOIN document_order k ON k.doc_key = r.doc_key
LEFT JOIN shares s ON s.doc_key = r.doc_key
LEFT JOIN holders h ON h.doc_key = r.doc_key AND h.place = 1
LEFT JOIN $dropped d ON d.doc_key = r.doc_key
