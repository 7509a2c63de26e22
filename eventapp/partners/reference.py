"""The reference rows that a new installation starts with. Editable afterwards: they are added once, by a migration."""

TIERS = (("ready", "Ready", 1), ("advanced", "Advanced", 2), ("premier", "Premier", 3))

SUB_REGIONS = (
    ("dach", "DACH", ("DE", "AT", "CH", "LI")),
    ("uki", "UK&I", ("GB", "IE")),
    ("france", "France", ("FR", "MC")),
    ("nordics", "Nordics", ("DK", "SE", "NO", "FI", "IS")),
    ("benelux", "Benelux", ("BE", "NL", "LU")),
    ("cee", "CEE", ("PL", "CZ", "SK", "HU", "RO", "BG", "HR", "SI", "RS", "EE", "LV", "LT", "UA", "GR", "CY")),
    ("iberia", "Iberia", ("ES", "PT")),
    ("italy", "Italy", ("IT", "MT")),
    ("meat", "Middle East & Türkiye", ("AE", "SA", "QA", "KW", "BH", "OM", "JO", "LB", "IL", "TR")),
    ("africa", "Africa", ("ZA", "NG", "KE", "GH", "EG", "MA", "TN")),
)

# Spellings beyond those that CLDR gives in English and German.
OTHER_SPELLINGS = {
    "GB": ("UK", "Great Britain", "Großbritannien", "England"),
    "NL": ("The Netherlands", "Holland"),
    "CZ": ("Czech Republic", "Czechia", "Tschechische Republik"),
    "AE": ("UAE", "VAE"),
    "TR": ("Turkey", "Türkiye", "Turkiye"),
    "SA": ("Saudi-Arabien", "KSA"),
    "LU": ("Luxembourg", "Luxemburg"),
}

# One text is easier to read and to add to than seventy quoted names.
FREE_MAIL_DOMAINS = """
    gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de
    ymail.com icloud.com me.com mac.com aol.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de
    mail.com proton.me protonmail.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it alice.it
    tiscali.it seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl ukr.net mail.ru yandex.ru yandex.com qq.com
    163.com btinternet.com sky.com talktalk.net bluewin.ch hispeed.ch telenet.be skynet.be ziggo.nl kpnmail.nl
    hetnet.nl telia.com online.no telefonica.net terra.es sapo.pt mail.bg abv.bg zoho.com fastmail.com hey.com
    freemail.example postfach.example webmail.example inbox24.example
""".split()  # noqa: SIM905
