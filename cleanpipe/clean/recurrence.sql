-- Blocks whose shape (of short ones) or text an outlet repeats in at least {stories} distinct stories. A re-crawl of one
-- article is one article, and the versions of an article are one story: neither makes a text recur.
WITH said AS (
    SELECT r.shard AS shard, s.doc_key AS doc_key, s.block AS block, s.what AS what, s.masked AS masked,
           r.known_outlet AS outlet, r.article AS article
    FROM (
        SELECT doc_key, block, shape AS what, masked FROM shapes
        UNION ALL
        SELECT doc_key, block, text_hash AS what, FALSE AS masked FROM sketches WHERE chars > {longest}
    ) s
    JOIN records r ON r.doc_key = s.doc_key
    WHERE r.status <> 'seen' AND r.known_outlet <> ''
)
SELECT
    said.shard AS shard,
    said.doc_key AS doc_key,
    said.block AS block,
    said.outlet AS outlet,
    recurring.stories AS stories,
    said.masked AS masked
FROM said
JOIN (
    SELECT d.outlet AS outlet, d.what AS what, COUNT(DISTINCT t.story) AS stories
    FROM said d
    JOIN stories t ON t.article = d.article
    GROUP BY d.outlet, d.what
    HAVING COUNT(DISTINCT t.story) >= {stories}
) recurring ON recurring.outlet = said.outlet AND recurring.what = said.what
