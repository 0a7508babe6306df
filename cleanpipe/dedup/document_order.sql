-- The documents that something is kept of, in canonical order.
SELECT
    doc_key, document, published, chars,
    row_number() OVER (
        ORDER BY prefer, CASE WHEN published = '' THEN 1 ELSE 0 END, published, chars DESC, document
    ) AS place
FROM (
    SELECT doc_key, document, published, prefer, sum(chars) AS chars
    FROM paragraphs
    GROUP BY doc_key, document, published, prefer
) summed
