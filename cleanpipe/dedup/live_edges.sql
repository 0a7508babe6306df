-- Edges fall with a stripped end.
SELECT e.u, e.v, e.relation, e.shared, e.u_size, e.v_size, e.u_tokens, e.v_tokens
FROM edges e
JOIN live a ON a.text_hash = e.u
JOIN live b ON b.text_hash = e.v
