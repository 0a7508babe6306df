"""Training of the block model from the reference sets. See docs/quality.md."""
