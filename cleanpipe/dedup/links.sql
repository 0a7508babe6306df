-- The pairs of $edges of which one text holds much of the other, in both directions and by number. whole: v holds all of u.
-- brief: contained or quoted, and one of the two has under 20 words.
WITH linked AS (
    SELECT
        u_number, v_number, relation, shared, u_size, v_size,
        CASE WHEN relation <> 'near' AND (u_tokens < 20 OR v_tokens < 20) THEN 1 ELSE 0 END AS brief
    FROM $edges
    WHERE relation IN ('near', 'contains', 'contained', 'quotation')
)
SELECT
    u_number AS u, v_number AS v,
    CASE WHEN relation IN ('contains', 'quotation') THEN 0 ELSE 1 END AS whole, shared, u_size AS size, brief
FROM linked
UNION ALL
SELECT
    v_number AS u, u_number AS v,
    CASE WHEN relation IN ('contained', 'quotation') THEN 0 ELSE 1 END AS whole, shared, v_size AS size, brief
FROM linked
