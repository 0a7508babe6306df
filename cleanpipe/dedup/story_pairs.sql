-- Pairs of articles that tell one story: edges cover half of the smaller one's text, the block in question left out.
-- Which block is in question is not known here, so the longest shared one is left out of the cover and of the text.
--
-- Decided exactly for the candidates: first by the texts of up to $few edges; where those of more could still tip the
-- scale, by these too.
WITH degrees AS (
    SELECT u AS text, count(*) AS links FROM links GROUP BY u
),
mild AS (
    SELECT l.u, l.v FROM links l JOIN degrees d ON d.text = l.u WHERE d.links <= $few
),
held AS (
    SELECT o.a, o.b, o.total, x.text, x.chars
    FROM story_candidates o
    JOIN story_common x ON x.owner = o.a
    JOIN story_common y ON y.owner = o.b AND y.text = x.text
    UNION
    SELECT o.a, o.b, o.total, x.text, x.chars
    FROM story_candidates o
    JOIN story_common x ON x.owner = o.a
    JOIN mild l ON l.u = x.text
    JOIN story_common y ON y.owner = o.b AND y.text = l.v
),
covered AS (
    SELECT a, b, sum(chars) AS chars, max(chars) AS longest FROM held GROUP BY a, b
),
hot AS (
    SELECT c.owner, sum(c.chars) AS chars, max(c.chars) AS longest
    FROM story_common c
    JOIN degrees d ON d.text = c.text
    WHERE d.links > $few
    GROUP BY c.owner
),
-- covered were all hot texts held
open AS (
    SELECT o.a, o.b, o.total
    FROM story_candidates o
    JOIN hot h ON h.owner = o.a
    LEFT JOIN covered c ON c.a = o.a AND c.b = o.b
    WHERE 2 * (coalesce(c.chars, 0) + h.chars) - o.total
        >= CASE WHEN coalesce(c.longest, 0) > h.longest THEN c.longest ELSE h.longest END
),
asked AS (
    SELECT DISTINCT c.text, d.links
    FROM open o
    JOIN story_common c ON c.owner = o.a
    JOIN degrees d ON d.text = c.text
    WHERE d.links > $few
),
-- A link of a hot text is followed from the end with fewer: one text may have an edge to every article's.
steep AS (
    SELECT l.u, l.v, CASE WHEN x.links < y.links OR (x.links = y.links AND l.u < l.v) THEN 1 ELSE 0 END AS from_u
    FROM links l
    JOIN asked x ON x.text = l.u
    JOIN degrees y ON y.text = l.v
),
all_held AS (
    SELECT a, b, total, text, chars FROM held
    UNION
    SELECT o.a, o.b, o.total, x.text, x.chars
    FROM open o
    JOIN story_common x ON x.owner = o.a
    JOIN steep l ON l.u = x.text AND l.from_u = 1
    JOIN story_common y ON y.owner = o.b AND y.text = l.v
    UNION
    SELECT o.a, o.b, o.total, x.text, x.chars
    FROM open o
    JOIN story_common y ON y.owner = o.b
    JOIN steep l ON l.v = y.text AND l.from_u = 0
    JOIN story_common x ON x.owner = o.a AND x.text = l.u
)
SELECT a AS u, b AS v
FROM all_held
GROUP BY a, b, total
HAVING sum(chars) > max(chars) AND 2 * (sum(chars) - max(chars)) >= total - max(chars)
