"""The costly inner loops of this package, compiled by Numba. Each has a plain reference that it equals, see ``batch``.

Importing a kernel takes a process longer than sketching some thousand texts without: whoever may have few imports late.
"""
