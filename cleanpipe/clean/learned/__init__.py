"""The learned block model: how likely each block of a page or text is part of the article, as marks with evidence.

``shape`` and ``page`` or ``text`` make one row of features a block, ``forest`` evaluates the trees, ``page_model`` and
``text_model`` are the processors. Beside each stands its kernel, which says the same of all blocks of a batch at once;
small inputs are done before a kernel is loaded. The shipped models stand in ``models/`` beside their card.
"""

#: The model of texts has seen the rules' marks: where it gives a line so much, two cue families are not enough.
WEIGHED = 0.8
#: Cue families that say where a line of a dump stands and how it looks. The model has learned that better than any
#: rule: these alone decide nothing where it has read a text.
OUTER = frozenset({"position", "shape"})
