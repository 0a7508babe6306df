-- Blocks whose text an outlet repeats in at least {stories} distinct stories. A re-crawl of one article is one article,
-- and the versions of an article are one story: neither makes a text recur.
SELECT
    records.shard AS shard,
    records.doc_key AS doc_key,
    sketches.block AS block,
    records.known_outlet AS outlet,
    recurring.stories AS stories,
    sketches.tokens AS tokens
FROM sketches
JOIN records ON records.doc_key = sketches.doc_key
JOIN (
    SELECT r.known_outlet AS known_outlet, s.text_hash AS text_hash, COUNT(DISTINCT t.story) AS stories
    FROM sketches s
    JOIN records r ON r.doc_key = s.doc_key
    JOIN stories t ON t.article = r.article
    WHERE r.status <> 'seen' AND r.known_outlet <> ''
    GROUP BY r.known_outlet, s.text_hash
    HAVING COUNT(DISTINCT t.story) >= {stories}
) recurring ON recurring.known_outlet = records.known_outlet AND recurring.text_hash = sketches.text_hash
WHERE records.status <> 'seen'
