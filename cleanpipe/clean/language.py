"""The language a document is written in, found from its own words: scripts first, then counts of function words.

A word that several languages share counts a part of a point for each (one over the number of languages that have it),
as in stop-word profiles (Grefenstette 1995, "Comparing two language identification schemes"). What is too short or
undecided has no language: the caller says what is safe then.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from string import digits, punctuation

from cleanpipe.model import Record

#: Where a record's language is from that was found here, in ``metadata_from``.
FOUND = "text"

_SAMPLE = 2_400  # code points of the longest lines that are looked at: more do not change the answer
_SAMPLE_OF_LINE = 400  # of one line, which may be left-over script or a legal notice
_ENOUGH = 200  # of so many, and no more lines as short as labels are
_LABEL = 40
_LEAST_WORDS = 20  # a text with fewer words is too short
_LEAST_SHARE = 0.06  # so many of its words are function words of its language, shared ones counted in part
_LEAST_OWN = 3  # so many of them are no function words of the next language,
_LEAD = 1.5  # so many times those which only the next one has
_SCRIPT_SHARE = 0.3  # so many of the letters are of a script for the script to tell

#: What stands between words, beside white space and figures: all the rest would part words of Indic scripts at their
#: vowel signs.
_SIGNS = frozenset("«»‹›“”„‘’‚…–—।،؟؛、。")
_ASCII = bytes(range(128))
#: UTF-8 with spaces for the ASCII between words.
_SPACED = bytes(
    32 if code < 128 and (chr(code).isspace() or chr(code) in digits + punctuation) else code for code in range(256)
)

#: The commonest function words of each language (ISO 639-1). Short lists do: a sentence has one every three words.
_WORDS = {
    "en": "the of and to in is that for it was on with as by at from are be this which or an have not has had were "
    "but their they his her she he you we will been would who said there what when about more its than can after",
    "de": "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis "
    "mehr durch man sein wurde sei ich wir wenn gegen vom können schon kann beim seine ihre keine hatte",
    "fr": "le la les de des du un une et est en que qui dans pour pas sur au par plus avec ce il ne se son sont aux a "
    "cette mais ou elle nous vous ont sa ses été leur comme ces on fait être même aussi je tout sans deux entre après "
    "avait était où dont y très peut selon",
    "es": "el la los las de del y en que un una es por con para se no su al lo como más pero sus le ya o este sí "
    "porque esta entre cuando muy sin sobre también me hasta hay donde quien desde todo nos durante todos uno les ni "
    "contra otros ese eso ante ellos e esto era ha son está han fue según tras años",
    "it": "il lo la i gli le di del della dei delle e in che un una è per con non si da al alla nel nella sono come "
    "più ma anche ha dal dalla o questo questa suo sua ed se tra hanno essere stato ai sul sulla dopo due "
    "loro ci degli",
    "pt": "o a os as de do da dos das e em que um uma é por com para se não no na nos nas ao à mais como mas foi ele "
    "ela seu sua ou ser quando muito há já está também só pelo pela até isso entre era depois sem mesmo aos são",
    "nl": "de het een van en in is dat op te voor met zijn niet die aan er om ook als dan maar bij of uit door over "
    "naar worden werd wordt heeft hebben nog hij ze zij we was kan deze geen meer tot wel tegen onder na veel daar",
    "sv": "och att det i en på som är av för med den till inte har de om ett var men jag vi kan från så nu han hon "
    "ska eller också när vid efter över där sig under alla mot sin hade blir blev varit detta",
    "no": "og i det på som er en til å av for at med de ikke den har om et var men jeg vi kan fra så nå han hun skal "
    "eller også når ved etter over der seg under alle mot sin hadde blir ble vært dette hva bare være mer",
    "da": "og i det på som er en til at af for med de ikke den har om et var men jeg vi kan fra så nu han hun skal "
    "eller også når ved efter over der sig under alle mod sin havde bliver blev været dette hvad kun være mere",
    "is": "og að í á er það sem við til um en ekki var með hann eru af fyrir hún því þess þá þar hafa verið frá eftir "
    "eða þetta hefur verður segir vera ég sé upp þeir voru þegar",
    "fi": "ja on ei se että oli hän mutta ovat kun myös jos tai niin kuin joka mukaan ole sen olla nyt vain jo sitä "
    "tämä kanssa jälkeen voi mitä kuitenkin ennen sekä hänen minä ovat noin vielä",
    "pl": "i w na z się nie do to że jest o jak od po co za przez tak ale dla już są oraz tym ma był czy jego tylko "
    "być przy może było które który która jej także ze ich został roku lub",
    "cs": "a v se na je že s z do o to i za k ve pro ale jako jsou po by od bylo jeho která který které byl ze podle "
    "až není nebo tak už při také však jen jsme aby roce mezi",
    "sk": "a v sa na je že s z do o to aj za k vo pre ale ako sú po by od bolo jeho ktorá ktorý ktoré bol zo podľa až "
    "nie je alebo tak už pri tiež však len sme aby roku medzi",
    "hu": "a az és hogy nem is egy van volt de meg ez azt csak el már mint ki szerint még kell lehet vagy ha én volna "
    "pedig olyan után között most minden sem amely aki",
    "ro": "și în de la a nu cu că pe un o este din care mai să sunt pentru fost au se ce lui dar s-a prin ca sau după "
    "fi al ale fără până cum sa său acest această între",
    "tr": "ve bir bu da de için ile olarak çok daha en gibi olan ne kadar var ama sonra mi o olduğu dedi ya göre değil "
    "her oldu ise yeni ancak tarafından önce kendi olan olduğunu bin yıl ettiği oldu şöyle yapılan etti dedi ettik "
    "dolayı üzere kadar ayrıca arasında aynı tüm büyük ilk iki biz siz",
    "id": "yang dan di dari untuk dengan ini itu pada tidak dalam ke akan juga adalah telah oleh karena ada sebagai "
    "bisa mereka saat dia tersebut atau lebih kami sudah hari kata para saya",
    "vi": "và của là có được trong cho không với các một những người khi đã này để từ ra đến tại vào năm cũng về như "
    "nhiều sẽ đó trên theo sau hai bị do nên lên đang thì mà rất",
    "hr": "i je u na se da su za od s o a što koji koja koje kao nije ali iz do će bi bio bila ili te samo nakon sve "
    "već više još prema kako biti",
    "ca": "el la els les de del dels i en que un una és per amb no es al als ha seva seu més com però també va han "
    "són aquest aquesta entre quan sobre sense fins molt",
    "ru": "и в не на что с по как это он из за от к для о но его а до при она так все также был мы у было или они "
    "я после только уже было были то же быть",
    "uk": "і в не на що з та за від до як це він у про для але його також й вона так по при був ми або було були "
    "після щоб які який яка є її",
    "bg": "на и да в от за се не е че са по с до като си това при му но след ще или той тя които която който също "
    "беше може още",
    "el": "και το να της η ο του τη για με που στο από στην των τα οι σε είναι θα ότι δεν μια τους ένα έχει αλλά την "
    "τον στη",
    "ar": "في من على إلى أن عن التي الذي مع هذا هذه بعد كان ما لا قال بين كما أو قد لم خلال حيث كانت ذلك",
    "fa": "در از که این را با است به و برای آن یک شده خود می تا بر هم او کرد نیز شد بود اما یا",
    "ur": "کے کی میں کا ہے سے اور کو نے پر کہ ہیں یہ بھی اس ان نہیں تھا کر گیا ایک لیے",
    "hi": "के में है की और को से का ने पर कि यह हैं भी एक इस नहीं कर था हो जो लिए गया",
}  # fmt: skip

#: Scripts that stand for one language among those that news is read in; kana and Hangul are looked for before Han.
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af]"),
    "zh": re.compile(r"[\u4e00-\u9fff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "he": re.compile(r"[\u05d0-\u05ea]"),
}
_ANY_SCRIPT = re.compile("|".join(script.pattern for script in _SCRIPTS.values()))
_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _profiles() -> dict[str, tuple[tuple[str, ...], float]]:
    """Word -> the languages that have it, and what it counts for each."""
    holders: dict[str, list[str]] = {}
    for language, words in _WORDS.items():
        for word in set(words.split()):
            holders.setdefault(word, []).append(language)
    return {word: (tuple(languages), 1 / len(languages)) for word, languages in holders.items()}


_PROFILES = _profiles()


def language_of(text: str) -> str:
    """The language of a text's longest lines as an ISO 639-1 code; "" where it cannot be told.

    A function of the source text alone, so that whoever has read it again can tell it, too.
    """
    parts, size = [], 0
    for line in sorted(text.splitlines(), key=len, reverse=True):
        if size >= _SAMPLE or (size >= _ENOUGH and len(line) < _LABEL):
            break
        parts.append(line[:_SAMPLE_OF_LINE])
        size += len(parts[-1])
    return _of_sample("\n".join(parts))


def _words(text: str) -> list[str]:
    """The words of a text in lower case."""
    text = text.lower()
    if not text.isascii():
        for sign in set(text.encode("utf-8", "replace").translate(None, _ASCII).decode()):
            if sign in _SIGNS or sign.isspace() or sign.isdecimal():
                text = text.replace(sign, " ")
    return text.encode("utf-8", "surrogatepass").translate(_SPACED).decode("utf-8", "surrogatepass").split()


def _of_sample(text: str) -> str:
    words = _words(text)
    if not text.isascii() and _ANY_SCRIPT.search(text):
        letters = sum(map(len, words))
        for language, script in _SCRIPTS.items():
            pattern = _HAN_OR_KANA if language == "ja" and script.search(text) else script
            if letters >= _LEAST_WORDS and len(pattern.findall(text)) >= _SCRIPT_SHARE * letters:
                if language == "ja" and len(script.findall(text)) < 0.1 * letters:
                    continue  # a Japanese name in a Chinese text
                return language
    if len(words) < _LEAST_WORDS:
        return ""
    counts = {word: times for word, times in Counter(words).items() if word in _PROFILES}
    points = dict.fromkeys(_WORDS, 0.0)
    for word, times in counts.items():
        languages, weight = _PROFILES[word]
        for language in languages:
            points[language] += weight * times
    first, second = sorted(points, key=lambda language: (-points[language], language))[:2]
    if points[first] < _LEAST_SHARE * len(words):
        return ""
    # Between the two nearest, only words tell that one of them lacks: Danish and Norwegian share most of theirs.
    own, other = (
        sum(times for word, times in counts.items() if a in _PROFILES[word][0] and b not in _PROFILES[word][0])
        for a, b in ((first, second), (second, first))
    )
    return first if own >= _LEAST_OWN and own >= _LEAD * other else ""


def with_language(record: Record) -> Record:
    """The record with the language found in its text, where it has none of its own and one can be told."""
    if record.language or not (found := language_of(record.text)):
        return record
    return replace(record, language=found, metadata_from={**record.metadata_from, "language": FOUND})


def languages_of(record: Record) -> frozenset[str]:
    """What a document is written in, as far as it can be known: the declared language, and the one its words show.

    Both, where they differ: templates often declare another language than the article has, and a site's own labels
    may well be in the declared one.
    """
    said = record.language.lower().replace("_", "-").partition("-")[0]
    if record.metadata_from.get("language") == FOUND:
        return frozenset((said,))
    return frozenset((said, language_of(record.text))) - {""}
