-- One row a record: which document holds it (the best of holders), and how much of it stands with other outlets: its texts
-- that stand there themselves, or near, or of which one text there holds four fifths.
-- $dropped names the table of the documents (doc_key) that are dropped whole.
WITH spread AS (
    -- the outlets of a text: two of them tell whether there is another than a given one
    SELECT text_number AS text, min(outlet) AS low, max(outlet) AS high
    FROM paragraphs
    WHERE tokens >= $min_tokens
    GROUP BY text_number
),
-- the same of the texts in which enough of it stands, its own outlets among them
reach AS (
    SELECT text, min(low) AS low, max(high) AS high
    FROM (
        SELECT text, low, high FROM spread
        UNION ALL
        SELECT l.u AS text, s.low, s.high
        FROM all_links l
        JOIN spread s ON s.text = l.v
        WHERE l.whole = 1 OR l.near = 1
    ) either_way
    GROUP BY text
),
shares AS (
    SELECT p.doc_key, sum(p.chars) AS chars
    FROM paragraphs p
    JOIN reach r ON r.text = p.text_number
    WHERE r.low <> p.outlet OR r.high <> p.outlet
    GROUP BY p.doc_key
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
