"""The walk over a page's tree as machine code, on what libxml2 writes of it. ``segment.walk`` is the plain reference,
in whose words the visible text, its blocks and their elements are explained; the two are equal.

``scan`` makes numbers of what is written, ``walk`` finds the blocks, ``names`` says where they stand.
"""
