"""cleanpipe: scraped news in, a clean, deduplicated and fully accountable corpus out."""

__version__ = "0.1.0"
