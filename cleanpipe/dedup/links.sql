-- The pairs of $edges of which one text holds much of the other, in both directions and by number. whole: v holds four
-- fifths of u, by its shingles or by its words in runs. brief: contained or quoted, and one of the two has under 20 words.
WITH linked AS (
    SELECT
        u_number, v_number, relation, shared, u_size, v_size, u_tokens, v_tokens, covered, u_start, u_stop, v_start,
        v_stop,
        CASE WHEN relation <> 'near' AND (u_tokens < 20 OR v_tokens < 20) THEN 1 ELSE 0 END AS brief
    FROM $edges
    WHERE relation IN ('near', 'contains', 'contained', 'quotation')
)
SELECT
    u_number AS u, v_number AS v,
    CASE WHEN 5 * shared >= 4 * u_size OR 5 * covered >= 4 * u_tokens THEN 1 ELSE 0 END AS whole,
    CASE relation WHEN 'near' THEN 1 ELSE 0 END AS near,
    brief, u_tokens AS tokens, covered, u_start AS start, u_stop AS stop
FROM linked
UNION ALL
SELECT
    v_number AS u, u_number AS v,
    CASE WHEN 5 * shared >= 4 * v_size OR 5 * covered >= 4 * v_tokens THEN 1 ELSE 0 END AS whole,
    CASE relation WHEN 'near' THEN 1 ELSE 0 END AS near,
    brief, v_tokens AS tokens, covered, v_start AS start, v_stop AS stop
FROM linked
