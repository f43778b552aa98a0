"""What columns of numbers are called that people forecast, and those that stand beside: in several languages. Pure."""

import re
import unicodedata

from recurcast.scaffold.labels import tokens

EXACT = (
    "y", "value", "target", "demand", "load", "consumption", "sales", "qty", "quantity", "price", "close", "close/last",
    "count", "cnt",
)  # fmt: skip
FIRST, WANTED, ANY, BESIDE = range(4)
"""How likely a column is what is forecast: called exactly so, called alike, whatever, or what explains the others."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WANTED = _words("""
    val values wert wartosc waarde valor valeur valore obs state reading measurement qty count cnt total sum sums
    kwh mwh gwh twh wh kw mw gw kva watt watts power energy energie energia load last usage used use
    units sold orders revenue turnover amount cases deaths births visits visitors users sessions customers
    riders ridership rides trips passengers pickups bookings arrivals calls requests hits clicks downloads
    generation production output flow level discharge occupancy close last price preis prix precio prezzo cena prijs
    menge anzahl summe bedarf absatz umsatz ertrag besucher gaste stromverbrauch einspeisung erzeugung
    ventes ventas vendite vendas verkoop omzet afname opwek sprzedaz zuzycie zapotrzebowanie obciazenie
    charge demande demanda domanda vraag zuletzt letzter cloture dernier cierre ultimo chiusura slotkoers
""")
_WANTED_PARTS = (
    "verbrauch", "verbruik", "consum", "consom", "demand", "netzlast", "umsatz", "absatz", "kurs", "bedarf", "sales",
    "schlusskurs", "messwert", "nachfrage", "leistung", "production", "produccion", "produzione", "productie",
)  # fmt: skip
_WANTED_SIGNS = ("负荷", "销量", "销售", "用电", "电量", "需求", "数量", "价格", "値", "需要", "売上")
_BESIDE = _words("""
    temp temperature tmp atemp temperatura hum humidity rh wind windspeed ws wspd wdir rain rainfall precip prcp
    precipitation snow snowfall pressure pres dewpoint dewp dew cloud clouds cloudiness ghi dni dhi irradiance
    radiation sunshine visibility uv feels weather weathersit heat hdd cdd lat latitude lon lng longitude
    elevation altitude height id code flag flags quality qc qn status state_code holiday isholiday weekday
    workingday promo promotion event season yr mnth dow doy woy period settlementperiod week weekofyear
    dayofweek dayofyear month day year hour minute quarter instant rownum row nr index ptid cost costs tax
    min max minimum maximum std stdev lower upper open high low erster hoch tief eroffnung vol
    niederschlag luftdruck regen schnee sonne luftfeuchte lluvia pluie vent viento humedad humidite
""")
_BESIDE_PARTS = ("temperat", "feucht", "humid", "windgeschw", "niederschlag", "precipit", "strahlung", "irradiance")
_BESIDE_SIGNS = ("温度", "湿度", "风速", "气温", "降水", "気温")
_FORECASTS = _words("""
    forecast forecasted predicted prediction prognose prognosis prevision previsions planned plan expected
    estimate estimated schatzung budget lag previous prev prognoza pronostico
""")


def standing_of(name: str) -> int:
    """Return how likely a column of that name is what is forecast, from FIRST to BESIDE."""
    if name.strip().lower() in EXACT:
        return FIRST
    words = tokens(_folded(name))
    if words & _FORECASTS:
        return BESIDE
    wanted = _called(name, words, _WANTED, _WANTED_PARTS, _WANTED_SIGNS)
    beside = _called(name, words, _BESIDE, _BESIDE_PARTS, _BESIDE_SIGNS)
    return ANY if wanted == beside else WANTED if wanted else BESIDE


def _called(name: str, words: set[str], whole: frozenset[str], parts: tuple[str, ...], signs: tuple[str, ...]) -> bool:
    within = any(part in word for word in words for part in parts)
    return bool(words & whole) or within or any(sign in name for sign in signs)


def _folded(name: str) -> str:
    """The name in plain letters: Prévision, Wärme and Zużycie without their signs."""
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("ß", "ss"))
    return re.sub("[\u0300-\u036f]", "", plain)
