"""The command line: thin click commands over the library. ``main`` finds them, each imports what it needs itself."""
