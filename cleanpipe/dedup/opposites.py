"""Words that turn a sentence round when one stands in the other's place, in English, German, French and Spanish: shares
rose or fell, a side won or lost, five million dollars or euros."""

from __future__ import annotations

#: Of each topic what excludes each other, a row each.
_TOPICS = {
    "course": (
        """rise rises rose risen rising up higher gain gains gained climb climbs climbed jump jumps jumped soar soars
        soared surge surges surged rally rallied grow grows grew grown increase increases increased increasing
        steigt steigen stieg stiegen gestiegen anstieg kletterte kletterten erhöht erhöhte höher mehr plus zugelegt
        monte montent monté grimpe grimpé hausse augmente augmenté augmentation progressé
        sube suben subió subieron subida aumenta aumentó aumentaron aumento alza más""",
        """fall falls fell fallen falling down lower lose loses lost drop drops dropped decline declines declined slide
        slides slid tumble tumbles tumbled plunge plunges plunged sink sinks sank shrink shrinks shrank decrease
        decreases decreased decreasing slip slips slipped
        fällt fallen fiel fielen gefallen sinkt sinken sank sanken gesunken rückgang gesenkt senkte niedriger weniger
        minus nachgegeben
        baisse baissent baissé chute chuté recule reculé diminue diminué diminution
        baja bajan bajó bajaron caída cae caen cayó cayeron disminuye disminuyó descenso menos""",
    ),
    "outcome": (
        """win wins won winning victory gewinnt gewinnen gewann gewannen gewonnen sieg gagne gagné remporte remporté
        victoire gana ganan ganó ganaron victoria""",
        """lose loses lost losing defeat verliert verlieren verlor verloren niederlage perd perdu défaite pierde perdió
        perdieron derrota""",
    ),
    "amount": ("more most above over maximum", "less fewer least below under minimum"),
    "time": ("before prior earlier avant antes", "after following later après después"),
    "assent": (
        """accept accepts accepted approve approves approved back backs backed welcome welcomed adopt adopted
        angenommen gebilligt genehmigt accepté approuvé adopté aceptó aprobó aprobado""",
        """reject rejects rejected refuse refuses refused oppose opposes opposed deny denies denied
        abgelehnt verweigert rejeté refusé rechazó rechazado""",
    ),
    "trade": ("buy buys bought buying kauft kaufte achète acheté compra compró", """sell sells sold selling verkauft
        verkaufte vend vendu vende vendió"""),
    "result": ("profit profits gewinn bénéfice beneficio", "loss losses verlust perte pérdida"),
    "raising": ("raise raises raised hike hiked", "cut cuts lower lowers lowered reduce reduced"),
    "opening": (
        "open opens opened eröffnet ouvre ouvert abre abrió",
        "close closes closed geschlossen ferme fermé cierra cerró",
    ),
    "verdict": (
        "guilty convicted schuldig coupable culpable",
        "innocent acquitted unschuldig freigesprochen acquitté inocente",
    ),
    "custody": ("arrested jailed detained", "freed released"),
    "life": ("alive survived lebend vivant vivo", "dead died killed tot getötet mort tué muerto"),
    "sex": (
        "man men boy boys male mann männer junge homme hommes garçon hombre hombres niño",
        "woman women girl girls female frau frauen mädchen femme femmes fille mujer mujeres niña",
    ),
    "north": ("north northern nord nördlich norte", "south southern sud süd südlich sur"),
    "east": ("east eastern ost östlich est este", "west western westlich ouest oeste"),
    "side": ("left links gauche izquierda", "right rechts droite derecha"),
    "currency": (
        "dollar dollars dólar dólares usd", "euro euros eur", "pound pounds pfund livre livres libra libras gbp",
        "yen jpy", "yuan renminbi rmb", "franc francs franken franco francos chf", "rupee rupees rupien rupias inr",
        "rouble roubles ruble rubles rubel rublos", "krone kroner krona kronor kronen", "peso pesos",
    ),
}  # fmt: skip

#: Word -> what it says of which topics.
POLES: dict[str, tuple[tuple[str, str], ...]] = {}
for _topic, _rows in _TOPICS.items():
    for _row in _rows:
        for _word in _row.split():
            POLES[_word] = (*POLES.get(_word, ()), (_topic, _row.split()[0]))
