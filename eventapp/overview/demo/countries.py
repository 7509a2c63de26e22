"""Countries of the demo: language, clock, dialling code, legal forms, shape of a VAT ID, cities."""

from dataclasses import dataclass
from functools import cache

from eventapp.partners.reference import SUB_REGIONS

# code | language | zone | dialling code | weight in the sub-region | VAT ID, # a digit | legal forms | cities
_TABLE = """
DE | de | Europe/Berlin | 49 | 74 | DE######### | GmbH, AG, GmbH & Co. KG | München, Köln, Hamburg, Leipzig, Düsseldorf, Gießen
AT | de | Europe/Vienna | 43 | 13 | ATU######## | GmbH, AG, e.U. | Wien, Graz, Linz, Salzburg, Innsbruck, Sankt Pölten
CH | de | Europe/Zurich | 41 | 12 | CHE######### | AG, GmbH | Zürich, Bern, Basel, Genève, Sankt Gallen
LI | de | Europe/Vaduz | 423 | 1 | | AG, Anstalt | Vaduz, Schaan
GB | en | Europe/London | 44 | 82 | GB######### | Ltd, PLC, LLP | London, Leeds, Bristol, Glasgow, Cardiff, Belfast, Nottingham
IE | ga | Europe/Dublin | 353 | 18 | IE#######W | Ltd, DAC | Dublin, Cork, Galway, Dún Laoghaire
FR | fr | Europe/Paris | 33 | 98 | FR########### | SARL, SAS, SA | Paris, Lyon, Nantes, Lille, Nîmes, Bordeaux, Besançon
MC | fr | Europe/Monaco | 377 | 2 | | SARL | Monaco
DK | da | Europe/Copenhagen | 45 | 26 | DK######## | A/S, ApS | København, Aarhus, Odense, Helsingør
SE | sv | Europe/Stockholm | 46 | 32 | SE##########01 | AB | Stockholm, Göteborg, Malmö, Linköping, Umeå
NO | no | Europe/Oslo | 47 | 20 | NO#########MVA | AS, ASA | Oslo, Bergen, Tromsø, Ålesund
FI | fi | Europe/Helsinki | 358 | 18 | FI######## | Oy, Oyj | Helsinki, Espoo, Jyväskylä, Oulu
IS | is | Atlantic/Reykjavik | 354 | 4 | | ehf. | Reykjavík, Akureyri
BE | nl | Europe/Brussels | 32 | 32 | BE0######### | NV, BV, SRL | Brussel, Gent, Antwerpen, Liège
NL | nl | Europe/Amsterdam | 31 | 62 | NL#########B01 | B.V., N.V. | Amsterdam, Utrecht, Rotterdam, Eindhoven, 's-Hertogenbosch
LU | fr | Europe/Luxembourg | 352 | 6 | LU######## | S.à r.l. | Luxembourg, Esch-sur-Alzette
PL | pl | Europe/Warsaw | 48 | 26 | PL########## | Sp. z o.o., S.A. | Warszawa, Kraków, Łódź, Wrocław, Gdańsk
CZ | cs | Europe/Prague | 420 | 15 | CZ######## | s.r.o., a.s. | Praha, Brno, Plzeň, České Budějovice
SK | sk | Europe/Bratislava | 421 | 6 | SK########## | s.r.o. | Bratislava, Košice, Žilina
HU | hu | Europe/Budapest | 36 | 9 | HU######## | Kft., Zrt. | Budapest, Győr, Szeged
RO | ro | Europe/Bucharest | 40 | 8 | RO######## | S.R.L. | București, Cluj-Napoca, Iași
BG | bg | Europe/Sofia | 359 | 5 | BG######### | EOOD, OOD | Sofia, Plovdiv, Varna
HR | hr | Europe/Zagreb | 385 | 4 | HR########### | d.o.o. | Zagreb, Split, Varaždin
SI | hr | Europe/Ljubljana | 386 | 3 | SI######## | d.o.o. | Ljubljana, Maribor, Škofja Loka
RS | hr | Europe/Belgrade | 381 | 3 | | d.o.o. | Beograd, Novi Sad
EE | et | Europe/Tallinn | 372 | 3 | EE######### | OÜ | Tallinn, Tartu, Võru
LV | lv | Europe/Riga | 371 | 2 | LV########### | SIA | Rīga, Liepāja
LT | lv | Europe/Vilnius | 370 | 3 | LT######### | UAB | Vilnius, Kaunas, Šiauliai
UA | uk | Europe/Kyiv | 380 | 4 | | TOV | Kyiv, Lviv, Odesa
GR | el | Europe/Athens | 30 | 7 | EL######### | A.E., E.P.E. | Αθήνα, Θεσσαλονίκη, Πάτρα
CY | el | Asia/Nicosia | 357 | 2 | CY########L | Ltd | Λευκωσία, Limassol
ES | es | Europe/Madrid | 34 | 72 | ESB######## | S.L., S.A. | Madrid, Barcelona, Málaga, A Coruña, Sevilla, Logroño
PT | pt | Europe/Lisbon | 351 | 28 | PT######### | Lda., S.A. | Lisboa, Porto, Évora, Guimarães
IT | it | Europe/Rome | 39 | 96 | IT########### | S.r.l., S.p.A. | Milano, Torino, Bologna, Roma, Forlì, Bolzano
MT | it | Europe/Malta | 356 | 4 | MT######## | Ltd | Valletta, Żabbar
AE | ar | Asia/Dubai | 971 | 28 | | FZ-LLC, L.L.C. | Dubai, Abu Dhabi, Sharjah
SA | ar | Asia/Riyadh | 966 | 22 | | LLC | Riyadh, Jeddah, Dammam
QA | ar | Asia/Qatar | 974 | 6 | | W.L.L. | Doha
KW | ar | Asia/Kuwait | 965 | 6 | | W.L.L. | Kuwait City
BH | ar | Asia/Bahrain | 973 | 4 | | W.L.L. | Manama
OM | ar | Asia/Muscat | 968 | 4 | | LLC | Muscat, Salalah
JO | ar | Asia/Amman | 962 | 5 | | LLC | Amman
LB | ar | Asia/Beirut | 961 | 4 | | SAL | Beirut
IL | he | Asia/Jerusalem | 972 | 9 | | Ltd | Tel Aviv, Haifa, Be'er Sheva
TR | tr | Europe/Istanbul | 90 | 22 | | A.Ş., Ltd. Şti. | İstanbul, Ankara, İzmir, Diyarbakır
ZA | af | Africa/Johannesburg | 27 | 30 | | (Pty) Ltd | Johannesburg, Cape Town, Durban
NG | af | Africa/Lagos | 234 | 18 | | Ltd | Lagos, Abuja, Ìbàdàn
KE | sw | Africa/Nairobi | 254 | 16 | | Ltd | Nairobi, Mombasa
GH | af | Africa/Accra | 233 | 8 | | Ltd | Accra, Kumasi
EG | ar | Africa/Cairo | 20 | 14 | | S.A.E. | Cairo, Alexandria
MA | ar | Africa/Casablanca | 212 | 9 | | SARL | Casablanca, Rabat, Fès
TN | ar | Africa/Tunis | 216 | 5 | | SARL | Tunis, Sfax
"""


@dataclass(frozen=True)
class Place:
    """What the demo knows of a country. `vat` is empty where it makes up no VAT IDs."""

    code: str
    language: str
    zone: str
    dial: str
    weight: int
    vat: str
    forms: tuple[str, ...]
    cities: tuple[str, ...]


@cache
def places() -> dict[str, Place]:
    """All countries of the demo by code."""
    found = {}
    for line in _TABLE.strip().splitlines():
        code, language, zone, dial, weight, vat, forms, cities = (cell.strip() for cell in line.split("|"))
        found[code] = Place(code, language, zone, dial, int(weight), vat, tuple(forms.split(", ")), tuple(cities.split(", ")))
    return found


@cache
def places_of_region(region: str) -> tuple[Place, ...]:
    """The countries of a sub-region."""
    return tuple(places()[code] for key, _label, codes in SUB_REGIONS if key == region for code in codes)
