"""Whether words that one text has and another lacks are such that the two must not be taken for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from cleanpipe.dedup.tokens import Word


def _list(words: str) -> frozenset[str]:
    return frozenset(words.split())


# English, German, French, Spanish, Russian, Arabic. A word too many keeps a paragraph that could go; a word too few
# loses one.
NEGATIONS = _list("""
    no not never none nor neither cannot without nobody nothing nowhere hardly t
    nicht nichts nie niemals niemand kein keine keinen keinem keiner keines ohne weder
    ne n pas jamais aucun aucune sans ni rien personne
    nunca jamás sin ningún ninguna ninguno nadie nada tampoco
    не нет ни никогда никто ничего без لا لم لن ليس ليست غير
""")
#: They turn a statement round, though no other word of it differs.
_DENIALS = _list("""
    deny denies denied refuse refuses refused reject rejects rejected fail fails failed unlike rather
""")
_DATES = _list("""
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    today yesterday tomorrow tonight
    januar februar märz mai juni juli oktober dezember
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute gestern morgen vorgestern
    janvier février mars avril juin juillet août septembre octobre novembre décembre
    lundi mardi mercredi jeudi vendredi samedi dimanche hier demain aujourd
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
    lunes martes miércoles jueves viernes sábado domingo hoy ayer mañana
""")
_NUMBERS = _list("""
    one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty seventy eighty ninety
    hundred hundreds thousand thousands million millions billion billions trillion dozen dozens half third quarter
    double triple twice percent
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend millionen milliarden hälfte prozent
    deux trois quatre cinq sept huit neuf dix onze douze cent mille millions milliards moitié
    dos tres cuatro cinco seis siete ocho nueve diez once doce cien ciento mil millones mitad
""")

# A capital that opens a sentence tells nothing of these; any other word there may be a name ("Berg said").
_OPENERS = _list("""
    the a an this that these those it its he she his her they their we our you your i there here in on at for from
    by with about under over during of to into until and but or so yet nor as if when while after before since
    because although though however meanwhile also still now then some many most all both each more such what who
    how why where which later earlier soon even only not der die das ein eine einen im am bei mit nach von zu und
    aber oder doch als wenn weil es er sie wir auch noch le la les un une des du dans en sur pour par avec et mais
    ou il elle ils ce cette ces el los las una de con por para y pero o su esta este
""")

#: Before the first word of a sentence. After a short word ("Mr.", "U.S.", "it.") a full stop says nothing, and the next
#: capital counts as a name.
_OPENING = re.compile(r"""(?:^|[\n\r]|\w{4}["'”’»)\]]*[.!?:…]["'”’»)\]]*\s)\W*$""")
_BEFORE = 16
_IN_WORD = re.compile(r"\w")


def decisive(words: Sequence[Word], text: str) -> str:
    """What the first telling one of ``words`` (of ``text``) is: number, date, negation, name; "" if none tells.

    A name is a word with a capital, unless it is a common one that only ever opens a sentence here. Scripts without
    capitals hide their names, so there every word counts as one.
    """
    for word in words:
        written = text[word.start : word.end]
        if any(character.isnumeric() for character in written) or word.form in _NUMBERS:
            return "number"
        if word.form in _DATES:
            return "date"
        if word.form in NEGATIONS or word.form in _DENIALS:
            return "negation"
        capital = written[:1].isupper() and written.lower() not in _OPENERS
        if capital or is_name(written, word.start, text):
            return "name"
    return ""


def is_name(written: str, start: int, text: str, opening: re.Pattern[str] = _OPENING) -> bool:
    """Whether the word ``written`` at ``start`` is a name; after ``opening`` a capital says nothing."""
    if written.isascii() and written.islower():
        return False
    if any(c.isalpha() and c.lower() == c.upper() for c in written):
        return True
    if any(c.isupper() for c in written[1:]):
        return True
    if not written[:1].isupper():
        return False
    return not all(_opens(text, place, opening) for place in _places(written, text))


def _places(word: str, text: str) -> Iterator[int]:
    """Where the word stands on its own."""
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and _IN_WORD.match(text, start - 1)) and not _IN_WORD.match(text, end):
            yield start
        start = text.find(word, end)


def _opens(text: str, start: int, opening: re.Pattern[str]) -> bool:
    """Whether a sentence begins at ``start``."""
    return bool(opening.search(text[max(0, start - _BEFORE) : start]))
