-- The pairs of $edges of which one text holds much of the other, in both directions and by number. whole: v holds all of u.
-- brief: contained or quoted, and one of the two has under 20 words.
WITH linked AS (
    SELECT
        a.text_number AS u, b.text_number AS v, e.relation, e.shared, e.u_size, e.v_size,
        CASE WHEN e.relation <> 'near' AND (e.u_tokens < 20 OR e.v_tokens < 20) THEN 1 ELSE 0 END AS brief
    FROM $edges e
    JOIN text_numbers a ON a.text_hash = e.u
    JOIN text_numbers b ON b.text_hash = e.v
    WHERE e.relation IN ('near', 'contains', 'contained', 'quotation')
)
SELECT u, v, CASE WHEN relation IN ('contains', 'quotation') THEN 0 ELSE 1 END AS whole, shared, u_size AS size, brief
FROM linked
UNION ALL
SELECT
    v AS u, u AS v,
    CASE WHEN relation IN ('contained', 'quotation') THEN 0 ELSE 1 END AS whole, shared, v_size AS size, brief
FROM linked
