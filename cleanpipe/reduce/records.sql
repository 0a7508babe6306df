-- documents -> records: the same bytes fetched again are one document; versions of an article (same outlet, same
-- canonical URL) are ordered by date, that of the fetch where it is known, and the latest is current; public ids that
-- clash take ~hash8. A document without a URL is an article of its own. One without a date is never superseded, nor one
-- by another of its own date: nothing says that the other is later, and what is not known to be old must not be lost.
WITH dated AS (
    SELECT doc_key, shard, base_id, outlet, canonical_url, url, published, content_key,
           CASE WHEN fetched = '' THEN published ELSE fetched END AS told, path, record, prefer,
           prefer_because,
           CASE WHEN canonical_url = '' THEN lower(hex(doc_key)) ELSE outlet || ' ' || canonical_url END AS article_name,
           CASE WHEN published = '' AND fetched = '' THEN 0 ELSE 1 END AS is_dated
    FROM documents
),
fetched AS (
    SELECT *,
           min(doc_key) OVER (PARTITION BY article_name) AS article,
           row_number() OVER (PARTITION BY article_name, content_key
                              ORDER BY is_dated DESC, told, path, record, doc_key) AS fetch_number,
           first_value(doc_key) OVER (PARTITION BY article_name, content_key
                                      ORDER BY is_dated DESC, told, path, record, doc_key) AS same_bytes
    FROM dated
),
versioned AS (
    SELECT *,
           row_number() OVER (PARTITION BY article_name
                              ORDER BY is_dated, told, path, record, doc_key) AS version,
           first_value(doc_key) OVER (PARTITION BY article_name
                                      ORDER BY is_dated DESC, told DESC, path DESC, record DESC, doc_key DESC)
               AS latest,
           CASE WHEN is_dated = 0 OR told = max(told) OVER (PARTITION BY article_name) THEN 1 ELSE 0 END AS is_latest,
           CASE WHEN count(*) OVER (PARTITION BY base_id) > 1
                THEN base_id || '~' || substr(lower(hex(doc_key)), 1, 8) ELSE base_id END AS id
    FROM fetched
    WHERE fetch_number = 1
)
SELECT f.doc_key, f.shard, v.id,
       CASE WHEN f.outlet = '' THEN v.id ELSE f.outlet END AS outlet,
       f.outlet AS known_outlet, f.article,
       CASE WHEN f.fetch_number > 1 THEN 'seen' WHEN v.is_latest = 1 THEN 'current'
            ELSE 'superseded' END AS status,
       CASE WHEN f.fetch_number > 1 OR v.is_latest = 1 THEN f.same_bytes ELSE v.latest END AS "of",
       v.version, f.url, f.published, f.prefer, f.prefer_because,
       dense_rank() OVER (ORDER BY v.id) AS id_rank,
       dense_rank() OVER (ORDER BY f.prefer, 1 - f.is_dated, f.published) AS date_rank
FROM fetched f
JOIN versioned v ON v.doc_key = f.same_bytes
