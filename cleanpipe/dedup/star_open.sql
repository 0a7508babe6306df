-- How many nodes of $source do not stand in a finished star yet: 0 ends the rounds. A finished node points to one other,
-- which points nowhere.
SELECT count(*) AS open_nodes
FROM (
    SELECT s.u
    FROM $source s
    LEFT JOIN $source t ON t.u = s.v
    GROUP BY s.u
    HAVING count(*) > 1 OR count(t.u) > 0
) unfinished
