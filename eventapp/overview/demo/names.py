"""Names of people of the demo by language."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Name:
    """A given or a family name: as it is written and in Latin letters, in the form for men and that for women.

    `is_womans` marks a given name that takes the women's form of the family name.
    """

    man: tuple[str, str]
    woman: tuple[str, str]
    is_womans: bool


# language: given names; family names. An underscore is a blank within a name. Other scripts come with their Latin
# spelling, `Νικολάου/Nikolaou`. Where family names differ, `Novotný|Novotná`, women's given names have an asterisk.
_NAMES = {
    "de": (
        "Anna Lukas Sophie Maximilian Katharina Jürgen Käthe Björn Annegret Sören Heike Götz Ulrike Jörg "
        "Franziska Matthäus Verena "
        "Günther Sabine Andreas Renate Tobias Monika Stefan Claudia Florian Birgit Thomas Leonie Michael "
        "Elfriede Simon Hannelore",
        "Müller Bauer Großmann Weiß Jäger Königsberger Schäfer Strauß Lindenthal Brückner Hölzl Oberhauser "
        "Steinbrecher Grünwald "
        "Fürst Eichinger Rößler Kaltenbach Vogelsang Zöchling Wörndl Haslinger Übelacker Dürr Ackermann "
        "Stöckl Mühlbauer Preuß "
        "Hinterleitner Schweighofer Moosbrugger Löwenstein Pfaffenbichler Neuwirth Wagenknecht",
    ),
    "en": (
        "Oliver Amelia George Isla Harriet Rhys Catrin Ewan Morag Alistair Priya Imran Gemma Callum Nneka "
        "Howard Fiona Graham "
        "Rosalind Desmond Bethan Stuart Yasmin Duncan Philippa Tariq Eleanor Kieran Joanna Trevor",
        "Ashworth Thornbury MacLeod Pemberton Llewellyn Hargreaves Patel Whitcombe Okonjo-Hayes Fairweather "
        "Drummond Ellsworth "
        "Khan Winterbourne Blackwood St_John D'Arcy Holloway Carmichael Sutcliffe Rees-Morgan Haddow "
        "Penhaligon Tremayne Begum "
        "Adeyemi-Clarke Braithwaite Lockhart Featherstone Ormsby",
    ),
    "ga": (
        "Aoife Seán Niamh Ciarán Siobhán Eoin Gráinne Pádraig Róisín Conor Máire Diarmuid Orla Declan",
        "O'Brien O'Sullivan Murphy Ó_Dónaill Mac_Giolla Byrne Ó_Súilleabháin Gallagher FitzGerald "
        "McCarthy O'Shaughnessy Kinsella",
    ),
    "fr": (
        "Élodie François Hélène Jérôme Anaïs Benoît Chloé Gaël Noémie Rémi Aurélie Loïc Margaux Thibault Zoé "
        "Étienne Solène Maël "
        "Françoise Jean-Baptiste Marie-Laure Cédric Inès Raphaël",
        "Lefèvre Dupré Béranger Châtelain Garçon L'Hôpital de_La_Rochère Gauthier Mérimont Fontaine Bélanger "
        "d'Aubigny Lemaître "
        "Marchand Rousselet Vasseur Pâquet Delacour Noël Sérignac Hébert Fauconnier Ménard Larivière",
    ),
    "da": (
        "Søren Åse Jørgen Mette Bjørn Kirsten Anders Rikke Henrik Signe Mikkel Dorthe",
        "Nørgaard Sørensen Kjær Østergaard Bræstrup Højlund Mølgaard Ravn Skovgaard Åkjær Thygesen Vestergaard",
    ),
    "sv": (
        "Åsa Björn Märta Göran Linnéa Håkan Elsa Jöns Ingegärd Torbjörn Frida Östen Viktor Annika",
        "Åkerlund Björkqvist Sjöberg Löfgren Hägglund Nyström Ekdahl Strömbäck Wärn Lindqvist Öberg Rönnkvist Almqvist Säfström",
    ),
    "no": (
        "Håkon Ingrid Øystein Solveig Bjørnar Åshild Tor-Arne Guro Sjur Ragnhild Eirik Torunn",
        "Ødegård Bråten Sæther Nygård Ås Fjellstad Kvåle Tønnessen Rønning Haugland Bjørkås Møgster",
    ),
    "fi": (
        "Aino Väinö Päivi Jyrki Sirpa Yrjö Kaisa Eero Outi Tapio Hilkka Ville",
        "Mäkinen Hämäläinen Järvelä Kääriäinen Lehtonen Pöyhönen Salovaara Töyrylä Virtasalo Yli-Korpela Kettunen Nurmela",
    ),
    "is": (
        "Sigríður* Þórður Guðrún* Ólafur Ásdís* Björgvin",
        "Þórðarson|Þórðardóttir Ægisson|Ægisdóttir Hallgrímsson|Hallgrímsdóttir Jónasson|Jónasdóttir Ísaksson|Ísaksdóttir",
    ),
    "nl": (
        "Sanne Daan Anouk Jeroen Femke Thijs Marijke Wout Liesbeth Koen Ilse Bram Saskia Pieter-Jan Griet Joris Maaike Ruben",
        "'t_Hooft van_der_Meer de_Vries IJzerman van_den_Broeck Vandenbossche Brouwers ten_Cate Hoogeveen van_'t_Hek De_Smet "
        "Janssens Kuijpers Oosterhuis Wuyts Zijlstra van_Haverbeke Blauwhof",
    ),
    "pl": (
        "Łukasz Małgorzata* Świętosława* Paweł Żaneta* Michał Agnieszka* Stanisław Bożena* Krzysztof Zofia* Wojciech Grzegorz",
        "Żółtowski|Żółtowska Wiśniewski|Wiśniewska Ślusarczyk Łęcki|Łęcka Dąbek Grzęda Piątek Źrebiec Wójcicki|Wójcicka "
        "Brzęczyszczykiewicz Gołąb Sępioł Nowakowski|Nowakowska",
    ),
    "cs": (
        "Jiří Božena* Zdeněk Kateřina* Ondřej Ludmila* Řehoř Žofie* Vojtěch Šárka* Miloš Hana*",
        "Dvořáček|Dvořáčková Novotný|Novotná Šimůnek|Šimůnková Hřebíček|Hřebíčková Čapek|Čapková Růžička|Růžičková "
        "Ševčík|Ševčíková Žák|Žáková Krejčí Příhoda|Příhodová Janků Tůma|Tůmová",
    ),
    "sk": (
        "Ľubomír Zuzana* Miroslav Žaneta* Štefan Júlia*",
        "Kováčik|Kováčiková Ďurica|Ďuricová Hudák|Hudáková Šťastný|Šťastná Vrábeľ|Vrábeľová Žilka|Žilková",
    ),
    "hu": (
        "Zsófia László Ágnes Győző Ildikó Bálint Eszter Dezső",
        "Kőszegi Hegedűs Szűcs Vörösházy Tóth Nagyváradi Fülöp Győrffy",
    ),
    "ro": (
        "Ștefan Ioana Mihăiță Ruxandra Răzvan Anca Cătălin Ileana",
        "Țăranu Ionescu Bălănescu Știrbu Popovici Vâlcean Drăgan Mureșanu",
    ),
    "bg": (
        "Георги/Georgi Елица*/Elitsa Димитър/Dimitar Росица*/Rositsa Пламен/Plamen Албена*/Albena",
        "Иванов|Иванова/Ivanov|Ivanova Стоянов|Стоянова/Stoyanov|Stoyanova Българов|Българова/Balgarov|Balgarova "
        "Христов|Христова/Hristov|Hristova Желязков|Желязкова/Zhelyazkov|Zhelyazkova Добрев|Добрева/Dobrev|Dobreva",
    ),
    "hr": (
        "Željko Đurđica Boštjan Mojca Nikola Jelena Tomislav Žana Miloš Špela",
        "Kovačević Đorđić Žnidaršič Šimić Novaković Petrović Črnko Babić Vuković Hribar",
    ),
    "et": ("Õie Jüri Külli Mihkel Piret Ülo", "Mägi Põldsaar Kõrgesaar Tõnisson Raudsepp Välja"),
    "lv": (
        "Jānis Ilze* Kārlis Žydrūnas Rūta* Ģirts Gintarė* Mindaugas",
        "Bērziņš|Bērziņa Kalniņš|Kalniņa Ozoliņš|Ozoliņa Žukauskas|Žukauskaitė Šimkus|Šimkutė Krūmiņš|Krūmiņa "
        "Jankauskas|Jankauskienė Paulauskas|Paulauskienė",
    ),
    "uk": (
        "Олена*/Olena Андрій/Andrii Ірина*/Iryna Тарас/Taras Юлія*/Yuliia Богдан/Bohdan",
        "Шевчук/Shevchuk Ковальчук/Kovalchuk Гриценко/Hrytsenko Мельник/Melnyk Левицький|Левицька/Levytskyi|Levytska "
        "Зінчук/Zinchuk",
    ),
    "el": (
        "Ελένη*/Eleni Γιώργος/Giorgos Δήμητρα*/Dimitra Νίκος/Nikos Κατερίνα*/Katerina Σπύρος/Spyros Άννα*/Anna Ηλίας/Ilias",
        "Παπαδάκης|Παπαδάκη/Papadakis|Papadaki Νικολάου/Nikolaou Ζαχαριάδης|Ζαχαριάδη/Zachariadis|Zachariadi "
        "Κωνσταντίνου/Konstantinou Μαυρίδης|Μαυρίδη/Mavridis|Mavridi Χατζηγιάννης|Χατζηγιάννη/Chatzigiannis|Chatzigianni "
        "Οικονόμου/Oikonomou Βλάχος|Βλάχου/Vlachos|Vlachou",
    ),
    "es": (
        "Lucía Íñigo María_José Álvaro Begoña Martín Nuria Joaquín Inés José_Luis Concepción Sergi Ainhoa "
        "Andrés Rocío Óscar Mercè Xabier",
        "Muñoz Peña_Castaño Ibáñez de_la_Fuente García_Núñez Echeverría Güell Zúñiga Fernández_Ordóñez "
        "Villalón Yáñez Cortés Ríos "
        "Solà_i_Puig Etxebarria Quiñones Marañón Lafuente",
    ),
    "pt": (
        "João Conceição Tomás Inês Gonçalo Mafalda António Fátima Estêvão Leonor",
        "Guimarães Conceição_Lopes Simões Magalhães dos_Santos_Brandão Araújo Assunção Galvão Frazão Patrício",
    ),
    "it": (
        "Giulia Niccolò Chiara Matteo Ludovica Gianluca Francesca Pierangelo Caterina Lorenzo Ilaria Davide Noemi Alessandro "
        "Mariangela Vittorio",
        "D'Angelo Bellantuono Fantì Dell'Acqua Castelnuovo Marchetti Lo_Presti Sansò Vecchiarelli Zanardo "
        "De_Carolis Montefalco "
        "Brunetti Pacifico Salvadori Ferragosto",
    ),
    "ar": (
        "عمر/Omar فاطمة/Fatima يوسف/Yousef ليلى/Layla خالد/Khalid نورة/Noura Hassan Salma Rashid Mariam "
        "طارق/Tariq Rania Samir هدى/Huda",
        "الحربي/Al-Harbi المنصوري/Al-Mansoori Haddad القحطاني/Al-Qahtani Ben_Youssef الخطيب/Al-Khatib El-Sayed Nasrallah "
        "بن_علي/Bin_Ali Al-Rawahi Benhaddou شاهين/Shahin Al-Sabbagh Trabelsi",
    ),
    "he": ("נועה/Noa Eitan תמר/Tamar Yael Amir Shira", "כהן-לביא/Cohen-Lavi Ben-Ami Mizrahi שפירא/Shapira Peretz Golan-Raz"),
    "tr": (
        "Ömer Işıl Çağrı Şebnem Gökhan Yıldız İbrahim Tuğçe Oğuz Ayşegül Ülkü Ilgaz",
        "Yıldırım Çelik Şahinoğlu Öztürk Işık Güneş Kılıç Ağaoğlu Üstün Doğan Çınar Türkmenoğlu",
    ),
    "af": (
        "Thandiwe Pieter Chinedu Akosua Sipho Ngozi Kwabena Lerato Folasade Ọláṣùnkànmí Ama Johannes Nomvula Emeka Yaw Zanele",
        "Nkosi Adébáyọ̀ Owusu van_Niekerk Mensah Okafor Dlamini Botha Eze Asante Khumalo Adeleke Boateng "
        "Ndlovu Nwachukwu du_Plessis",
    ),
    "sw": (
        "Wanjiru Kamau Achieng Otieno Njeri Baraka Zawadi Kipchoge Amani Makena",
        "Mwangi Odhiambo Kariuki Wafula Ndung'u Kiprono Omondi Chebet Mutua Njoroge",
    ),
}

# People that every installation has to cope with: (given, family, Latin spelling for the address).
ODD_NAMES = (
    ("Wolfgang Maximilian Amadeus", "Freiherr von und zu Hohenlinden-Traunsteingraben", "wolfgang.hohenlinden"),
    ("Ada", "Ng", "ada.ng"),
    ("Gerardus", "'t Hooft-van 's-Gravesande", "gerardus.thooft"),
    ("Siobhán", "O'Brien-Ní Chonaill", "siobhan.obrien"),
    ("محمد عبد الرحمن", "الشريف الإدريسي", "mohamed.alidrissi"),
    ("Αικατερίνη", "Παπακωνσταντίνου-Χατζηδημητρίου", "aikaterini.papakonstantinou"),
    ("María de los Ángeles", "Fernández de Córdoba y Álvarez-Cienfuegos", "mariaangeles.fernandez"),
    ("Wulandari", "", "wulandari"),
    ("İlkay", "Kızılırmaklıoğlu", "ilkay.kizilirmaklioglu"),
    ("Jürg", "Straßmann-Süß", "juerg.strassmann"),
)

# Languages whose people work abroad now and then.
TRAVELLERS = ("en", "tr", "es", "it", "pl", "fr", "ar", "el", "af", "ga", "hr", "pt")


@cache
def names(language: str) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Given and family names of a language."""
    given, family = _NAMES[language]
    return tuple(map(_name, given.split())), tuple(map(_name, family.split()))


def _name(word: str) -> Name:
    native, _slash, latin = word.replace("_", " ").partition("/")
    man, _bar, woman = native.rstrip("*").partition("|")
    man_latin, _bar, woman_latin = (latin or native.rstrip("*")).partition("|")
    return Name((man, man_latin), (woman or man, woman_latin or man_latin), native.endswith("*"))
