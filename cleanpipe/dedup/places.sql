-- Which texts stand in which documents, by number: the document's place in canonical order, and the text's.
SELECT d.place AS owner, p.text_number AS text, min(p.tokens) AS tokens, sum(p.chars) AS chars
FROM paragraphs p
JOIN document_order d ON d.doc_key = p.doc_key
GROUP BY d.place, p.text_number
