"""What the characters and words of blocks show, for all blocks at once: the part of the features that page and text
share. One row a block, in order; nothing here depends on a language but the words of ``_CUES`` and ``_FUNCTION``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_LETTER, _UPPER, _DIGIT, _SPACE, _STOP, _COMMA, _SIGN, _WIDE = (1 << k for k in range(8))
_FROM_WIDE = 0x2E80  # scripts without spaces between words begin here
_TABLE = 0x3000  # beyond it, a character's class is told by its range

#: Words of the site to its readers, by what they are about; in the languages of the rule packs. Not rules: each is one
#: column, which the trees weigh beside the others.
_CUES = {
    "subscribe": "subscribe subscription newsletter newsletters sign signup email e-mail inbox abonnieren abo "
    "abonnement abonnez abonner inscrivez suscríbete suscribirse boletín registrieren anmelden login log "
    "kostenlos gratis",
    "share": "share teilen partager compartir facebook twitter whatsapp instagram telegram linkedin pinterest "
    "reddit x tweet copy link kopieren copier copiar print drucken imprimer imprimir follow folgen suivre "
    "seguir",
    "more": "more mehr plus más read lesen lire leer related also auch aussi también weitere weiterlesen lees "
    "meer continue reading see siehe voir ver topics themen thema sujets temas",
    "comments": "comment comments kommentar kommentare kommentieren commentaire commentaires comentario comentarios "
    "reply antworten répondre responder leave posted",
    "ad": "advertisement anzeige werbung publicité publicidad sponsored gesponsert ad ads partner angebot shop",
    "consent": "cookie cookies consent privacy datenschutz datenschutzerklärung einwilligung zustimmung "
    "confidentialité privacidad terms conditions accept akzeptieren accepter aceptar browser javascript "
    "settings einstellungen",
    "rights": "copyright © rights reserved rechte vorbehalten droits réservés derechos reservados (c) license "
    "lizenz impressum contact kontakt contacto",
    "picture": "photo: photo foto: foto fotos picture: image: bild: bild quelle: getty reuters reuters/ afp/ dpa "
    "imago picture-alliance credit: crédit photograph illustration symbolbild video watch",
    "author": "by von par por author autor autorin auteur redaktion editor reporter correspondent journalist "
    "written reporting writer redakteur korrespondent contributed",
    "time": "updated aktualisiert stand: mis à-jour actualizado published veröffentlicht publié publicado uhr ago "
    "vor minutes min minuten stunden hours january february march april may june july august september "
    "october november december jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz mai "
    "juni juli oktober dezember janvier février mars avril juin juillet août septembre octobre novembre "
    "décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre "
    "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag "
    "samstag sonntag",
    "reader": "you your sie ihr ihre ihnen dein deine du vous votre vos tu su usted we our us wir unser unsere nous "
    "notre nuestro nuestra nosotros",
    "speech": "said says told sagt sagte erklärte dit déclaré dijo explicó according laut selon según i ich je yo "
    "he she they er es il elle ils él ella",
    "nav": "home menu startseite accueil inicio search suche suchen buscar rechercher next previous weiter "
    "zurück suivant précédent page seite skip archive archiv categories kategorien tags tagged "
    "schlagwörter category top",
    "donate": "donate donation support unterstützen spenden soutenez don dona apoya premium plus members member "
    "exclusive free",
}
#: Words without which hardly a sentence stands: their share tells prose from labels.
_FUNCTION = frozenset(
    re.findall(
        r"\w+",
        """
        the a an of and to in on for with that is was are were be has have had not it he she they his her
        their as at by from but this which who will would der die das den dem des ein eine einen einem einer
        und zu im am auf für mit dass ist war sind waren wird hat haben nicht es er sie als bei von aus aber
        dieser diese sich auch le la les un une du de et à en dans pour avec que est était sont ont pas il
        elle ils qui sur par ce cette se au aux el los las una y o del al con por para fue son no lo su más
        como het een van dat niet op te voor met zijn di che e gli per non si um uma os do da na
        """,
    )
)

CUES = tuple(_CUES)
#: The columns of ``shapes``.
SHAPES = (
    "characters", "words", "letters", "capitals", "digits", "commas", "stops", "signs", "wide", "function_share",
    "word_length", "opens_upper", "opens_quote", "opens_sign", "opens_digit", "ends_stop", "ends_colon", "ends_elided",
    "ends_comma", "prose", "sentences", *(f"says_{name}" for name in CUES), "capital_words",
)  # fmt: skip


@cache
def _classes() -> NDArray[np.uint8]:
    table = np.zeros(_TABLE + 1, np.uint8)
    for code in range(_TABLE):
        character = chr(code)
        kind = unicodedata.category(character)
        bits = 0
        if kind[0] in "LM":
            bits = _LETTER | (_UPPER if kind in ("Lu", "Lt") else 0) | (_WIDE if code >= _FROM_WIDE else 0)
        elif kind[0] == "N":
            bits = _DIGIT
        elif character.isspace():
            bits = _SPACE
        elif character in ".!?…؟۔।":
            bits = _STOP
        elif character in ",;،":
            bits = _COMMA
        elif character not in "\"'’‘“”„«»‹›()[]-–—:":
            bits = _SIGN
        table[code] = bits
    table[_TABLE] = _SPACE
    return table


@cache
def meanings() -> dict[str, int]:
    """Word -> what it is: bit 0 a function word, bit k + 1 the k-th cue."""
    found: dict[str, int] = dict.fromkeys(_FUNCTION, 1)
    for bit, name in enumerate(CUES, 1):
        for word in _CUES[name].split():
            found[word] = found.get(word, 0) | 1 << bit
    return found


STRIPPED = ".,:;!?\"'“”„«»()[]…|*•–—"
LOOKED_AT, FIRST = 600, 60  # code points and words of a block's beginning that are looked up
CLOSING = "\"'”’“»)]›」』）"  # what may stand behind the full stop
QUOTES = '"“„«»‘‚›「『'


def code_points(texts: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The texts' code points, each text between line breaks, and where each text starts."""
    joined = "\n" + "\n".join(texts) + "\n"
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    starts = np.cumsum(lengths + 1) - lengths
    return codes, starts


def classified(codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    bits = _classes()[np.minimum(codes, _TABLE)]
    beyond = codes > _TABLE
    if beyond.any():
        high = codes[beyond]
        kind = np.where((high >= 0x1F000) & (high < 0x20000), _SIGN, _LETTER | _WIDE).astype(np.uint8)
        kind[(high >= 0xFF01) & (high <= 0xFF0F)] = _SIGN
        kind[np.isin(high, (0x3002, 0xFF01, 0xFF1F, 0xFF0E))] = _STOP
        kind[np.isin(high, (0x3001, 0xFF0C))] = _COMMA
        kind[(high >= 0x3003) & (high <= 0x301F)] = _SIGN
        bits[beyond] = kind
    return bits


def shapes(texts: Sequence[str]) -> Floats:
    """``(len(texts), len(SHAPES))``. Texts hold no white space at their ends, and at least one character."""
    rows = len(texts)
    found = np.zeros((rows, len(SHAPES)), np.float32)
    if not rows:
        return found
    codes, starts = code_points(texts)
    bits = classified(codes)
    lengths = np.fromiter(map(len, texts), np.int64, rows)
    size = np.maximum(lengths, 1).astype(np.float32)
    edges = starts - 1  # the break before a text is counted with it, and is white space

    def count(flags: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(flags, edges, dtype=np.int64)

    space = (bits & _SPACE) != 0
    begins = np.zeros(len(bits), bool)
    begins[1:] = space[:-1] & ~space[1:]
    wide = count((bits & _WIDE) != 0)
    words = np.maximum(count(begins), wide // 2)
    letter, upper = (bits & _LETTER) != 0, (bits & _UPPER) != 0
    letters = count(letter)
    stop = (bits & _STOP) != 0
    after = np.zeros(len(bits), bool)
    after[:-1] = stop[:-1] & space[1:]
    column = dict(zip(SHAPES, found.T, strict=True))
    column["characters"][:] = np.log1p(lengths)
    column["words"][:] = np.log1p(words)
    column["letters"][:] = letters / size
    column["capitals"][:] = count(upper) / np.maximum(letters, 1)
    column["digits"][:] = count((bits & _DIGIT) != 0) / size
    column["commas"][:] = count((bits & _COMMA) != 0) / np.maximum(words, 1)
    column["stops"][:] = count(stop) / np.maximum(words, 1)
    column["signs"][:] = count((bits & _SIGN) != 0) / size
    column["wide"][:] = wide / size
    column["word_length"][:] = letters / np.maximum(words, 1)
    column["sentences"][:] = np.log1p(count(after))
    column["capital_words"][:] = count(begins & upper) / np.maximum(words, 1)
    last = starts + lengths - 1
    closing = np.isin(codes[last], [ord(c) for c in CLOSING])
    final = np.where(closing & (lengths > 1), last - 1, last)
    first = bits[starts]
    column["opens_upper"][:] = (first & _UPPER) != 0
    column["opens_quote"][:] = np.isin(codes[starts], [ord(c) for c in QUOTES])
    column["opens_sign"][:] = (first & (_SIGN | _STOP)) != 0
    column["opens_digit"][:] = (first & _DIGIT) != 0
    ends = (bits[final] & _STOP) != 0
    elided = (codes[final] == ord("…")) | (
        (codes[final] == ord(".")) & (codes[np.maximum(final - 1, 0)] == ord(".")) & (lengths > 2)
    )
    column["ends_elided"][:] = elided
    column["ends_stop"][:] = ends & ~elided
    column["ends_colon"][:] = np.isin(codes[last], (ord(":"), 0xFF1A))
    column["ends_comma"][:] = (bits[last] & _COMMA) != 0
    column["prose"][:] = ends & ~elided & (words >= 9)
    _lexical(texts, column)
    return found


_WORD = re.compile(r"\w+")
SAME_TITLE = 0.8  # from here on a block says the title
TITLE = 300  # code points: what is longer says no title


def likeness(texts: Sequence[str], title: str) -> Floats:
    """The share of a block's words that the title has, where the block has three or more."""
    said = set(_WORD.findall(title.lower()))
    found = np.zeros(len(texts), np.float32)
    for row, text in enumerate(texts):
        if said and len(text) <= TITLE:
            own = set(_WORD.findall(text.lower()))
            if len(own) >= 3:
                found[row] = len(own & said) / len(own)
    return found


def since(flags: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether a block stands behind the first of some blocks, and how far behind the last one before it (-1: none)."""
    order = np.arange(len(flags))
    last = np.maximum.accumulate(np.where(flags, order, -1))
    return last >= 0, np.where(last >= 0, order - last, -1)


def neighbours(rows: int, reach: int) -> Iterator[tuple[slice, slice]]:
    """For the first neighbour before each block, the second, ... and then those behind: the blocks that have one, and
    where it is."""
    for k in range(1, reach + 1):
        yield slice(k, None), slice(None, max(rows - k, 0))
    for k in range(1, reach + 1):
        yield slice(None, max(rows - k, 0)), slice(k, None)


def _lexical(texts: Sequence[str], column: dict[str, Floats]) -> None:
    known = meanings()
    function = column["function_share"]
    cues = [column[f"says_{name}"] for name in CUES]
    for row, text in enumerate(texts):
        words = text[:LOOKED_AT].lower().split(None, FIRST)[:FIRST]
        said = count = 0
        for word in words:
            bits = known.get(word) or known.get(word.strip(STRIPPED), 0)
            if bits:
                said |= bits
                count += bits & 1
        if words:
            function[row] = count / len(words)
        if said > 1:
            for bit, cue in enumerate(cues, 1):
                if said >> bit & 1:
                    cue[row] = 1
