-- One large-star and one small-star over the pairs (u, v) of $source (Kiveris et al., Connected Components in MapReduce
-- and Beyond, SoCC 2014). Components stay what they are; after some rounds each is one star around its smallest node.
WITH neighbours AS (
    SELECT u, v FROM $source
    UNION
    SELECT v AS u, u AS v FROM $source
),
lowest AS (
    SELECT u, CASE WHEN min(v) < u THEN min(v) ELSE u END AS least_node FROM neighbours GROUP BY u
),
-- large-star: every larger neighbour of a node points to the smallest of its neighbourhood
large AS (
    SELECT DISTINCT n.v AS u, l.least_node AS v
    FROM neighbours n
    JOIN lowest l ON l.u = n.u
    WHERE n.v > n.u
),
-- small-star: a node and its smaller neighbours point to the smallest of them
small AS (
    SELECT u, min(v) AS least_node FROM large GROUP BY u
)
SELECT u, least_node AS v FROM small
UNION
SELECT l.v AS u, s.least_node AS v
FROM large l
JOIN small s ON s.u = l.u
WHERE l.v <> s.least_node
