"""Near-duplicates of paragraphs: pure functions over texts, NumPy arrays and Arrow tables, and SQL texts.

This package knows no files and no engine. Each ``.sql`` file beside this one is the statement of one step
(``statements.statement`` fills in its parameters); ``run.py`` says in which order they run:

1. ``text_numbers``, ``candidates`` and ``ends`` by ``candidates.Propose``, which gives what their statements make of
   ``sketches``, ``bands`` (``candidates.Banded``) and ``rare`` (``candidates.phrased``); ``windowed``; ``edges``
   (``verify.Verify`` over the spans of ``ends``)
2. ``article_numbers``, ``links`` (of ``edges``); ``story_texts``, what they share (``common``, ``anchors``),
   ``story_candidates``, ``story_star_N`` (``story_pairs``, then ``star_round`` until ``star_open`` is 0), ``stories``
3. after the first decision: ``live``, ``live_edges``, ``live_links``, ``family_star_N`` (``family_pairs``, then
   rounds), ``family_texts``, ``members`` (``elect.gather``), ``elected`` (``elect.Elect``), ``groups``, ``more_edges``
4. ``all_links``, ``document_order``, ``places``, what they share, ``holder_candidates``, ``holders``,
   ``document_results``, ``memberships``, ``matches``
"""
