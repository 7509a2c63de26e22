"""Names of companies of the demo, put together from invented stems, what a company does, and its legal form."""

import re
from collections.abc import Iterator
from random import Random

from eventapp.core.text import fold

_LABEL = re.compile(r"[a-z0-9]+")

# style: first halves; second halves. Every pair is one stem.
_STEMS = {
    "german": (
        "Linden Wolken Brücken Silber Hohen Eichen Falken Grün Lärchen Quellen Sonnen Stern Weiden Felsen "
        "Königs Birken Möwen "
        "Kranich Rosen Winter Schwarz Buchen Adler Nebel Hasel",
        "bach berg feld tor hafen brunn wald steg au kamp moos ried hof stätt kogel burg horn graben see stein",
    ),
    "english": (
        "Ash Thorn Ember Raven Marl Harrow Silver Elder Moor Heather Lark Copper Wren Bramble Fern Sable "
        "Hollow Kestrel Alder Whin "
        "Otter Rowan Quill Saffron",
        "wick shaw combe mere ford dale gate haven lea stow burn hurst moss bridge cliffe well field marsh",
    ),
    "french": (
        "Clair Mont Val Beau Haut Brise Roche Lune Vert Sauve Noir Chante Belle Riche Franc Source Aube Houle",
        "mont val lac rive bois cime port pré ciel fort ville ombre sable vigne gué plaine",
    ),
    "nordic": (
        "Vinter Björk Fjäll Nord Ström Sol Skär Havs Älv Lövs Ranka Tinde Hval Måne Is Rim Storm",
        "fjord lärka vik holm ås näs borg sund strand mark lund vall dal berg fors havn",
    ),
    "dutch": (
        "Veen Polder Duin Wilgen Zilver Meer Storm Kraan Lelie Molen Rijs Reiger Haven Linde Kiezel",
        "haas dijk horst zicht beek burg stroom veld kade wijk sloot poort zand meer hoven",
    ),
    "slavic": (
        "Bystr Jasn Zlat Brez Modr Vran Lip Sokol Orl Svit Stříbr Jel Rud Hrad Šip Vlt Jarz Mal",
        "ovice anka ava inka enec ovka nik any ín ovsk ograd omir oslav in ovar",
    ),
    "iberian": (
        "Alta Monte Río Valle Peña Sierra Ribera Luz Campo Olmo Mar Viento Cerro Faro Piedra Nube Encina",
        "clara verde nova mira luna dorada serena bravo alba firme blanca roja vera larga",
    ),
    "italian": (
        "Vento Monte Pietra Acqua Rocca Sole Lago Fonte Terra Luna Borgo Ponte Valle Oliva Bosco Stella",
        "chiara nuova viva lunga alba dorata serena fiorita ferma bruna mossa verde franca ligure",
    ),
    "baltic": ("Küla Jõe Saare Pilve Upes Zvaigž Dzint Ežer Rasos Vėjo", "mäe laid ranna rags kalns upe lauk vala tilts"),
    "greek": ("Thalas Helio Petra Anem Kym Aster Elai Argyr", "sonia polis thea kles dromo nautica metria"),
    "arabic": (
        "Al_Nakhla Al_Fanar Bahr Sahra Wadi Rimal Al_Safina Noor Qamar Marsa Al_Jisr Zahra Saqr Al_Manara Dar",
        "_Oasis _Falcon _Horizon _Gate _Pearl _Delta _Summit _Bridge _Star _Dune _Gulf _Cedar",
    ),
    "turkish": ("Ak Gök Kara Yeşil Altın Deniz Güneş Ada Çam Ilgın", "deniz kaya dağ bulut pınar tepe köprü ova ırmak"),
    "african": (
        "Umzi Baobab Savanna Kilima Jacaranda Sahel Marula Tamba Acacia Okapi Mbizi Kudu",
        "_Ridge _River _Plains _Harbour _Rift _Coast _Kraal _Peak _Valley _Delta",
    ),
}
_STYLES = {
    "de": "german", "en": "english", "ga": "english", "fr": "french", "da": "nordic", "sv": "nordic", "no": "nordic",
    "fi": "nordic", "is": "nordic", "nl": "dutch", "pl": "slavic", "cs": "slavic", "sk": "slavic", "hu": "slavic", "ro": "slavic",
    "bg": "slavic", "hr": "slavic", "uk": "slavic", "et": "baltic", "lv": "baltic", "el": "greek", "es": "iberian",
    "pt": "iberian", "it": "italian", "ar": "arabic", "he": "english", "tr": "turkish", "af": "african", "sw": "african",
}  # fmt: skip

_WHAT = {
    "solution_provider_reseller": {
        "": "Systems, Solutions, Networks, IT, Data, Technology, Infrastructure, Computing",
        "german": "Systemhaus, Datentechnik, EDV, IT-Lösungen, Netzwerke, Informatik",
        "french": "Informatique, Réseaux, Solutions, Technologies, Systèmes",
        "dutch": "Automatisering, Diensten, Systemen, ICT, Netwerken",
        "iberian": "Sistemas, Soluciones, Informática, Redes",
        "italian": "Sistemi, Informatica, Soluzioni, Reti",
    },
    "isv": {
        "": "Software, Labs, Apps, Analytics, Logic",
        "german": "Software, Softwarehaus, Labs",
        "french": "Logiciels, Labs, Software",
    },
    "si": {
        "": "Consulting, Integration, Engineering, Advisory",
        "german": "Beratung, Integration, Consulting",
        "french": "Conseil, Intégration",
    },
    "msp_cloud": {
        "": "Cloud, Hosting, Managed Services, Operations",
        "german": "Cloud, Rechenzentrum, Betrieb",
        "french": "Infogérance, Cloud",
    },
    "training_partner": {"": "Academy, Training, Learning", "german": "Akademie, Schulungen", "french": "Formation, Académie"},
    "alliance_oem_hyperscaler": {"": "Technologies, Semiconductor, Devices, Platforms"},
    "distributor": {
        "": "Distribution, Distribution Group, Wholesale",
        "german": "Distribution, Vertrieb",
        "french": "Distribution",
    },
}


class CompanyNames:
    """Hands out names that are not taken yet, each with a mail domain of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._stems = {style: self._shuffled(style) for style in _STEMS}
        self._domains: set[str] = set()
        self._names: set[str] = set()

    def _shuffled(self, style: str) -> Iterator[str]:
        firsts, seconds = (part.split() for part in _STEMS[style])
        stems = [f"{a}{b}".replace("_", " ") for a in firsts for b in seconds if fold(a) != fold(b)]
        self._random.shuffle(stems)
        while True:  # all used up: again, what the companies do then tells them apart
            yield from stems

    def make(self, language: str, group: str) -> tuple[str, str]:
        """A name without legal form, and a domain, for a company of that language and group of types."""
        style = _STYLES[language]
        offers = _WHAT[group].get(style, _WHAT[group][""]).split(", ")
        while True:
            stem = next(self._stems[style])
            what = self._random.choice(offers)
            if f"{stem} {what}" in self._names:
                continue
            for label in (slug(stem), slug(f"{stem} {what}")):
                if f"{label}.example" not in self._domains:
                    self._names.add(f"{stem} {what}")
                    return f"{stem} {what}", self.claim(f"{label}.example")

    def claim(self, domain: str) -> str:
        """Marks a domain as taken."""
        self._domains.add(domain)
        return domain


def slug(text: str) -> str:
    """`text` as a label of a domain or half of an address: ä becomes ae, other accents go, blanks become hyphens."""
    for letter, pair in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("å", "aa"), ("'", "")):
        text = text.lower().replace(letter, pair)
    return "-".join(_LABEL.findall(fold(text)))
