"""The relational steps between reading and writing that belong to documents, not to cleaning or dedup."""

from importlib.resources import files


def sql(name: str) -> str:
    """The text of ``NAME.sql`` in this folder."""
    return files(__name__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
