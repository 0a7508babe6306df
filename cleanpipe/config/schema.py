"""The keys of a config, what they mean and what is valid: the one definition that loading and editors use.

A key stands here only once it does something. Everything is strict and frozen; values hold what was written in exact
form (bytes as integers, thresholds as fractions), and ``model_dump(mode="json")`` is a valid config again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationError,
    WithJsonSchema,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from cleanpipe.config.mistakes import at_key, describe, nearest, show
from cleanpipe.config.values import Encoding, Memory, Share, Size, Threshold
from cleanpipe.model import PROFILES, TYPES

#: Fields of a record that an input's ``fields`` can map to the record's own keys.
FieldName = Literal[
    "text", "html", "id", "url", "outlet", "title", "published", "language", "authors", "site", "fetched"
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Input(_Strict):
    """Files to read. A bare string is the same as its ``path`` alone."""

    path: str = Field(min_length=1, description="A file, a folder or a glob, relative to the working directory.")
    outlets: Mapping[str, str] = Field(
        default={}, description="Who published: a glob on the path below the root -> the outlet; first match."
    )
    fields: Mapping[FieldName, str] = Field(
        default={}, description="Where records name their fields differently: our field -> the record's key."
    )
    encoding: Encoding = Field(default="", description="Codec of text files; found out for each file if not given.")
    language: str = Field(default="", description="Language of records that do not say theirs, such as en or pt-BR.")

    @model_validator(mode="before")
    @classmethod
    def _bare_path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class CleanStep(_Strict):
    """A processor and its settings: in the file a name, or a mapping from the name to the settings."""

    name: str = Field(description="The processor.")
    settings: SerializeAsAny[BaseModel] = Field(description="An instance of the processor's own settings model.")

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, value: Any) -> Any:
        from cleanpipe import clean

        if isinstance(value, str):
            value = {value: {}}
        if not isinstance(value, dict) or len(value) != 1:
            raise _said(f"expected a processor's name, or one name with its settings, got {show(value)}")
        ((name, given),) = value.items()
        if name not in clean.names():
            raise _said(f"unknown processor {name!r}{nearest(name, clean.names())}")
        model = clean.settings_of(name)
        try:
            # As JSON, so that a strict model takes a YAML list for its tuples.
            settings = model.model_validate_json(json.dumps({} if given is None else given))
        except ValidationError as error:
            lines: list[InitErrorDetails] = [
                {"type": _said(describe(one, model), at_key(one)), "loc": (name, *one["loc"]), "input": one["input"]}
                for one in error.errors()
            ]
            raise ValidationError.from_exception_data(name, lines) from None
        return {"name": name, "settings": settings}

    @model_serializer
    def _to_file(self) -> dict[str, Any]:
        return {self.name: self.settings.model_dump(mode="json")}


def _said(text: str, at_key: bool = False) -> PydanticCustomError:
    """A mistake that is a sentence already. ``at_key``: it is the key that is wrong, not its value."""
    return PydanticCustomError("said", "{text}", {"text": text, "at_key": at_key})


def _default_clean() -> tuple[CleanStep, ...]:
    from cleanpipe import clean

    return tuple(CleanStep.model_validate(name) for name in clean.DEFAULT)


class Canonical(_Strict):
    """The choice within a group."""

    prefer: tuple[str, ...] = Field(
        default=(), description="Outlets or origins whose paragraph is chosen first, best first (agencies, say)."
    )


class Dedup(_Strict):
    """How alike two paragraphs must be."""

    shingle: int = Field(default=3, ge=1, le=16, description="Words in a shingle; similarity compares shingle sets.")
    threshold: Threshold = Field(
        default=Fraction(1, 2), description="Jaccard from which two paragraphs are `near` duplicates."
    )
    containment: Threshold = Field(
        default=Fraction(4, 5), description="Share of its shingles from which another contains a paragraph."
    )
    min_tokens: int = Field(
        default=8, ge=1, description="Paragraphs of fewer words are never grouped and never dropped as duplicates."
    )
    window: int | None = Field(
        default=None, ge=0, description="Days within which paragraphs that differ are compared; null: at any distance."
    )
    canonical: Canonical = Field(default=Canonical(), description="Which paragraph of a group stands for it.")

    @model_validator(mode="after")
    def _has_shingles(self) -> Dedup:
        if self.min_tokens < self.shingle:
            raise _said(f"min_tokens ({self.min_tokens}) must be at least shingle ({self.shingle})")
        return self


class Limits(_Strict):
    """Bounds on a record and on a run."""

    document: Size = Field(
        default=64 * 2**20, description="Bytes of one record, decompressed; a larger one goes to quarantine."
    )
    parse_seconds: int = Field(
        default=20, ge=1, description="Seconds that reading one record may take; a slower one goes to quarantine."
    )
    quarantine: Share = Field(
        default=Fraction(1, 100), description="Share of records in quarantine above which a run fails."
    )
    strip: Share = Field(
        default=Fraction(9, 10), description="Stripped share of a document above which the manifest warns."
    )
    max_strip: Share | None = Field(
        default=None, description="Stripped share of a document above which a run fails; null: none."
    )


def _profile(value: Any) -> Any:
    if isinstance(value, str):
        if value not in PROFILES:
            hint = nearest(value, PROFILES)
            raise _said(f"unknown profile {value!r}{hint}{' Or give' if hint.endswith('?') else ' or'} a list of types")
        return value
    if not isinstance(value, list | tuple) or not value:
        raise _said(f"expected {', '.join(PROFILES)} or a list of types, got {show(value)}")
    for kind in value:
        if kind not in TYPES:
            raise _said(f"unknown type {kind!r}{nearest(str(kind), TYPES)}")
    return tuple(dict.fromkeys(value))


def _once(value: tuple[CleanStep, ...]) -> tuple[CleanStep, ...]:
    names = [step.name for step in value]
    for name in names:
        if names.count(name) > 1:
            raise _said(f"the processor {name!r} stands here twice; once is what it can do")
    return value


def _some(value: tuple[Input, ...]) -> tuple[Input, ...]:
    if not value:
        raise _said("expected at least one path to read, got an empty list")
    return value


def _workers(value: Any) -> Any:
    if value != "auto" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise _said(f"expected auto or a whole number from 1, got {show(value)}")
    return value


_PROFILE_SCHEMA: dict[str, Any] = {
    "anyOf": [{"enum": list(PROFILES)}, {"type": "array", "items": {"enum": list(TYPES)}, "minItems": 1}]
}


class Config(_Strict):
    """One run of cleanpipe."""

    inputs: Annotated[tuple[Input, ...], AfterValidator(_some), WithJsonSchema({"type": "array", "minItems": 1})] = (
        Field(description="What to read: a list of paths, or of entries with the keys below.")
    )
    output: str = Field(min_length=1, description="The folder to write, relative to the working directory.")
    profile: Annotated[
        str | tuple[str, ...],
        BeforeValidator(_profile),
        WithJsonSchema(_PROFILE_SCHEMA),
    ] = Field(default="article", description="Which types of blocks are exported: article, body, or a list of types.")
    duplicates: Literal["mark", "documents", "paragraphs"] = Field(
        default="mark",
        description="mark: only flag them. documents: drop republished articles. paragraphs: drop single ones as well.",
    )
    versions: Literal["latest", "all"] = Field(
        default="latest", description="latest: only the current version of an article. all: every version."
    )
    extract: Literal["full", "fast"] = Field(
        default="full", description="Pages. full: the model weighs the extractor's vote. fast: the model alone."
    )
    clean: Annotated[tuple[CleanStep, ...], AfterValidator(_once)] = Field(
        default_factory=_default_clean, description="The processors in order, each a name or {name: settings}."
    )
    models: str = Field(
        default="builtin", min_length=1, description="builtin, or a folder of block models that you trained."
    )
    confidence: Share = Field(
        default=Fraction(0), description="The least confidence at which a block is stripped; with less, it stays."
    )
    dedup: Dedup = Field(default=Dedup(), description="When two paragraphs are the same.")
    limits: Limits = Field(default=Limits(), description="Where a record or a run is too much.")
    engine: Literal["local"] = Field(default="local", description="Where steps run.")
    workers: Annotated[
        Literal["auto"] | int,
        BeforeValidator(_workers),
        WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}]}),
    ] = Field(default="auto", description="Worker processes; auto: as many as there are usable cores.")
    memory: Memory = Field(default=2 * 2**30, description="Memory that the whole run may take.")
    occurrences: int = Field(
        default=1000, ge=1, description="Occurrences listed with a paragraph in `paragraphs`; `tables` holds all."
    )
    compress: Literal["none", "gz", "zst"] = Field(default="none", description="Compression of the JSONL outputs.")

    @property
    def types(self) -> tuple[str, ...]:
        """The types that the profile exports."""
        return PROFILES[self.profile] if isinstance(self.profile, str) else self.profile

    @property
    def profile_name(self) -> str:
        """How rules cite the profile: its name, or ``custom`` for a list of types."""
        return self.profile if isinstance(self.profile, str) else "custom"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a config file, the settings of the installed processors included, for editors."""
    from cleanpipe import clean

    schema = Config.model_json_schema()
    definitions = schema["$defs"]
    del definitions["CleanStep"], definitions["BaseModel"]
    steps: list[dict[str, Any]] = [{"enum": list(clean.names())}]
    for name in clean.names():
        settings = clean.settings_of(name).model_json_schema()
        definitions |= settings.pop("$defs", {})
        definitions[f"clean.{name}"] = settings
        steps.append(
            {
                "type": "object",
                "description": settings.get("description", ""),
                "properties": {name: {"anyOf": [{"$ref": f"#/$defs/clean.{name}"}, {"type": "null"}]}},
                "required": [name],
                "additionalProperties": False,
            }
        )
    schema["properties"]["clean"]["items"] = {"anyOf": steps}
    definitions["Input"] = Input.model_json_schema()
    schema["properties"]["inputs"]["items"] = {"anyOf": [{"type": "string", "minLength": 1}, {"$ref": "#/$defs/Input"}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
