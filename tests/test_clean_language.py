"""The language of a text, by its own words, and which rule packs it calls for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from clean_driver import PROSE, document, gone, lines

from cleanpipe.clean.language import FOUND, language_of, languages_of, with_language
from cleanpipe.clean.rules import Rules

#: One passage for each language, about the same harbour.
TEXTS = {
    "en": "The council of the town met on Monday and spoke for two hours about the height of the new "
    "bridge, which will be built where the old one has stood for a century.",
    "de": "Der Rat der Stadt tagte am Montag und sprach zwei Stunden lang über die Höhe der neuen Brücke, "
    "die dort gebaut wird, wo die alte seit hundert Jahren steht.",
    "fr": "Le conseil de la ville s’est réuni lundi et a parlé pendant deux heures de la hauteur du nouveau"
    " pont, qui sera construit là où se trouve l’ancien depuis un siècle.",
    "es": "El consejo de la ciudad se reunió el lunes y habló durante dos horas de la altura del nuevo "
    "puente, que se construirá donde está el viejo desde hace un siglo.",
    "it": "Il consiglio della città si è riunito lunedì e ha parlato per due ore dell’altezza del nuovo "
    "ponte, che sarà costruito nel luogo in cui il vecchio sta da un secolo.",
    "pt": "O conselho da cidade reuniu-se na segunda-feira e falou durante duas horas sobre a altura da "
    "nova ponte, que será construída onde a velha está há um século e não cai.",
    "nl": "De raad van de stad kwam maandag bijeen en sprak twee uur lang over de hoogte van de nieuwe "
    "brug, die wordt gebouwd waar de oude al een eeuw staat en niet meer kan blijven.",
    "da": "Byens råd mødtes mandag og talte i to timer om højden af den nye bro, som skal bygges der, hvor "
    "den gamle har stået i hundrede år, og hvad den kommer til at koste, blev ikke sagt.",
    "sv": "Stadens råd möttes på måndagen och talade i två timmar om höjden på den nya bron, som ska byggas"
    " där den gamla har stått i hundra år, och vad den kommer att kosta är inte klart.",
    "pl": "Rada miasta zebrała się w poniedziałek i przez dwie godziny mówiła o wysokości nowego mostu, "
    "który ma stanąć tam, gdzie stary stoi od stu lat, ale nie powiedziała, ile to będzie kosztować.",
    "ru": "Совет города собрался в понедельник и два часа говорил о высоте нового моста, который будет "
    "построен там, где старый стоит уже сто лет, но о том, сколько это стоит, не сказал.",
    "ar": "اجتمع مجلس المدينة يوم الاثنين وتحدث على مدى ساعتين عن ارتفاع الجسر الجديد الذي سيبنى في المكان "
    "الذي يقف فيه الجسر القديم منذ قرن، لكن المجلس لم يقل من أين تأتي الأموال إلى هذا المشروع",
    "ja": "町議会は月曜日に開かれ、新しい橋の高さについて二時間にわたり話し合った。古い橋は百年前から同じ場"
    "所に立っている。",
    "zh": "镇议会星期一开会，用两个小时讨论了新桥的高度。旧桥在同一个地方已经站立了一百年，费用从哪里来没有"
    "人知道。",
    "ko": "시의회는 월요일에 모여 새 다리의 높이에 대해 두 시간 동안 이야기했다. 옛 다리는 백 년 동안 같은 "
    "자리에 서 있다.",
}  # fmt: skip


@pytest.mark.parametrize("language", TEXTS)
def test_a_passage_is_told_by_its_own_words(language: str) -> None:
    assert language_of(TEXTS[language]) == language


@pytest.mark.parametrize(
    "text", ["", "Bridge", "Menu\nSport\nPolitik\nImpressum", "x" * 5000, "12 " * 400, "\x00\ud800"]
)
def test_what_is_too_short_or_no_prose_has_no_language(text: str) -> None:
    assert language_of(text) == ""


def test_the_language_is_that_of_the_longest_lines_not_of_the_menu_around_them() -> None:
    menu = "\n".join(["Share", "The news of the day", "All of our newsletters", "Sign in to the site"] * 30)
    assert language_of(f"{menu}\n{TEXTS['de']}\n{TEXTS['de']}\n{menu}") == "de"


def test_a_found_language_fills_only_what_nobody_gave_and_says_so() -> None:
    record = document(TEXTS["fr"]).record
    found = with_language(record)
    assert (found.language, found.metadata_from["language"]) == ("fr", FOUND)
    given = replace(record, language="pt-BR", metadata_from={"language": "record"})
    assert with_language(given) is given
    assert languages_of(given) == {"pt", "fr"}
    assert languages_of(found) == {"fr"}


FRENCH = "Signaler une erreur"  # what the French pack strips wherever it stands, and no other pack knows


def test_a_pack_of_another_language_is_not_asked() -> None:
    assert gone(lines(PROSE[:3], FRENCH, PROSE[3:])) == []
    assert gone(lines([TEXTS["fr"]] * 2, FRENCH, TEXTS["fr"])) == [FRENCH]


def test_a_declared_language_and_an_unknown_one_call_for_their_packs_as_well() -> None:
    rules = Rules(Rules.Settings())

    def marked(text: str, **record: str) -> set[str]:
        from cleanpipe.clean.features import page_of

        return {mark.rule.split("/")[1].split(".")[0] for mark in rules.on_page(page_of(0, document(text, **record)))}

    assert marked(lines(PROSE[:3], FRENCH, PROSE[3:])) == set()
    assert marked(lines(PROSE[:3], FRENCH, PROSE[3:]), language="fr-CH") == {"news-fr"}
    assert marked(lines([TEXTS["da"]] * 3, FRENCH, TEXTS["da"])) == {"news-fr"}  # no pack of its own: all packs
    assert marked(FRENCH) == {"news-fr"}  # too short to tell
