"""How fast and how exact the deduplication is, beside other tools: ``docs/benchmarks.md`` says how to run it."""
