"""Finnish, Estonian, Hungarian, Turkish, Greek, Albanian and Basque."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import Language

FINNISH: Final = Language(
    "fi",
    from_="Lähettäjä | Keneltä",
    sent="Lähetetty | Päivämäärä | Päiväys | Pvm | Päivä | Lähetysaika",
    to="Vastaanottaja | Kenelle | Vastaanottajat | Saaja",
    cc="Kopio | Cc | Kopiot",
    subject="Aihe | Otsikko",
    other="Vastausosoite | Liitteet | Tärkeys",
    opens="ma | ti | ke | to | pe | la | su | maanantai | tiistai | keskiviikko | torstai |"
    " perjantai | lauantai | sunnuntai",
    wrote="kirjoitti | kirjoittaa | kirjoitti seuraavasti | kirjoitti näin | on kirjoittanut",
    first_person="minä | me",
    original="Alkuperäinen viesti | Alkuperäinen sähköposti | Alkuperäinen tapaaminen",
    forwarded="Välitetty viesti | Välitetty sähköposti | Välitetty viesti alkaa |"
    " Edelleenlähetetty viesti | Välittänyt | Välitetyn viestin alku | Lähetetty eteenpäin",
    reply_prefix="VS | Vs | Vast",
    forward_prefix="VL | Vl | Eteenp",
    sent_from="Lähetetty iPhonesta | Lähetetty iPadista | Lähetetty minun |"
    " Lähetetty laitteesta | Lähetetty puhelimesta | Lähetetty Outlook | Hanki Outlook |"
    " Lähetetty Androidista | Lähetetty Samsung | Lähetetty Windows |"
    " Lähetetty älypuhelimestani | Hae Outlook | Lähetetty Yahoo | Lähetetty Gmail",
    closing="Terveisin | Ystävällisin terveisin | Parhain terveisin | Yst. terv. | Yst.terv. |"
    " T. | Terv. | Terv | Kunnioittavasti | Ystävällisesti | Kiittäen | Hyvää päivänjatkoa |"
    " Parhaimmin terveisin | Yt | Terkuin",
    auto_label="Automaattinen vastaus | Poissaoloviesti",
    away="Poissa | Poissaolo | Lomalla | Poissa toimistosta",
    away_body="poissa toimistosta | lomalla | automaattinen vastaus | olen poissa |"
    " palaan töihin | vuosilomalla",
    undelivered="Ei voitu toimittaa | Toimittaminen epäonnistui | Ei toimitettu |"
    " Toimittamaton | Viestiä ei voi toimittaa | Perille toimittaminen ei onnistu |"
    " Ei voi toimittaa",
    unsubscribe="peruuta tilaus",
    marker="tämän rivin yläpuolelle",
    thanks="Kiitos | Kiitos etukäteen",
)

ESTONIAN: Final = Language(
    "et",
    from_="Saatja | Kellelt",
    sent="Saadetud | Kuupäev | Saatmisaeg",
    to="Saaja | Kellele | Adressaat",
    cc="Koopia | Cc | Koopia saaja",
    subject="Teema | Pealkiri",
    opens="Kuupäeval | Kirjutas",
    wrote="kirjutas | kirjutas järgmist | kirjutatud | kirjutab",
    original="Algne sõnum | Algne kiri | Originaalkiri | Algsõnum | Esialgne kiri",
    forwarded="Edastatud kiri | Edastatud sõnum | Edastatud kirja algus | Edastatud e-kiri |"
    " Edasisaadetud kiri",
    reply_prefix="Vs | Re",
    forward_prefix="Ed | FW | Fwd",
    sent_from="Saadetud minu | Saadetud iPhone | Saadetud seadmest | Saadetud rakendusest",
    closing="Lugupidamisega | Tervitades | Parimate soovidega | Heade soovidega | Parimat |"
    " Kõike head",
    auto_label="Automaatvastus | Automaatne vastus",
    away="Kontorist väljas | Puhkusel | Eemal",
    away_body="puhkusel | automaatvastus | automaatne vastus | kontorist väljas",
    undelivered="Ei saa kätte toimetada | Kohaletoimetamatu | Ei saanud kätte toimetada",
)

HUNGARIAN: Final = Language(
    "hu",
    from_="Feladó | Küldő | Kitől",
    sent="Elküldve | Dátum | Küldve | Küldés dátuma | Küldés ideje | Elküldés",
    to="Címzett | Címzettek | Kinek | Cimzett",
    cc="Másolatot kap | Cc | Másolat | Mp | Masolatot kap",
    subject="Tárgy | Targy",
    other="Válaszcím | Mellékletek | Melléklet | Fontosság",
    opens="Ekkor | Dátum | időpontban",
    wrote="írta | ezt írta | írta (időpont | a következőt írta | ezt írta (időpont |"
    " írta ekkor | a következőket írta | írta a következőt",
    first_person="én | mi",
    original="Eredeti üzenet | Eredeti levél | Eredeti e-mail | Eredeti találkozó | Eredeti uzenet",
    forwarded="Továbbított üzenet | Továbbított levél kezdete | Továbbított üzenet kezdete |"
    " Továbbított levél | Továbbította | Továbbküldött üzenet | A továbbított levél kezdete |"
    " Továbbított e-mail",
    reply_prefix="Vá | VÁ | Re",
    forward_prefix="Továbbítás | TOV | FW | Tov",
    sent_from="Elküldve a következő eszközről | Az iPhone-omról küldve | Küldve |"
    " iPhone-ról küldve | Elküldve az | Elküldve: | Elküldve Samsung | Az Outlook letöltése |"
    " Elküldve innen | Letöltés: Outlook | Elküldve a | Mobilról küldve | Az iOS Outlook",
    closing="Üdvözlettel | Tisztelettel | Szívélyes üdvözlettel | Köszönettel | Üdv |"
    " Baráti üdvözlettel | Legjobb kívánságokkal | Szép napot | További szép napot |"
    " Üdvözletem | Üdvözöl | Tisztelettel és köszönettel | Köszönöm szépen",
    auto_label="Automatikus válasz",
    away="Házon kívül | Szabadság | Szabadságon | Távollét | Irodán kívül | Nem vagyok az irodában",
    away_body="házon kívül | szabadságon | automatikus válasz | távol vagyok | irodán kívül |"
    " nem tartózkodom az irodában",
    undelivered="Kézbesíthetetlen | Kézbesítés sikertelen | Nem kézbesíthető | Nem kézbesített |"
    " Sikertelen kézbesítés",
    unsubscribe="leiratkozás",
    marker="e fölé a sor fölé | a sor fölé",
    thanks="Köszönöm | Előre is köszönöm",
)

TURKISH: Final = Language(
    "tr",
    from_="Kimden | Gönderen | Kimden:",
    sent="Gönderildi | Tarih | Gönderme Tarihi | Gönderilme | Gönderim Tarihi | Gönderilen",
    to="Kime | Alıcı | Alıcılar",
    cc="Bilgi | Cc | Kopya",
    subject="Konu",
    other="Yanıtla | Ekler | Önem",
    opens="Pzt | Sal | Çar | Per | Cum | Cmt | Paz | Pazartesi | Salı | Çarşamba | Perşembe |"
    " Cuma | Cumartesi | Pazar",
    wrote="yazdı | şunu yazdı | şunları yazdı | tarihinde şunu yazdı | tarihinde yazdı |"
    " yazmış | tarihinde şunları yazdı | şöyle yazdı | şunlari yazdi | sunu yazdi",
    first_person="ben | biz",
    original="Orijinal Mesaj | Özgün İleti | Orijinal ileti | Özgün Mesaj | Orjinal Mesaj |"
    " Asıl mesaj | İlk ileti | Özgün e-posta",
    forwarded="Yönlendirilmiş ileti | Yönlendirilen mesaj | İletilen mesaj |"
    " İletilmiş ileti başlangıcı | Yönlendirilen ileti | Yönlendirilen İleti | İletilmiş mesaj |"
    " İletilen ileti | Yönlendirilmiş Mesaj | İleti iletildi | Yönlendirilmiş İleti |"
    " İletilen e-posta | Başlangıç yönlendirilmiş ileti | İletinin başlangıcı |"
    " İletilmiş ileti",
    reply_prefix="YNT | Ynt | Yan | Cvp",
    forward_prefix="İLT | ILT | İlt | Ilt | Yön",
    sent_from="iPhone'umdan gönderildi | iPhone'dan gönderildi | iPhone'umdan |"
    " Samsung cep telefonumdan | Android için Outlook | iOS için Outlook |"
    " Windows 10 için Posta | iPad'imden gönderildi | Outlook'u edinin | Yahoo Mail'den |"
    " Mobil cihazımdan gönderildi | Gönderildi:",
    closing="Saygılarımla | İyi çalışmalar | Saygılar | Sevgiler | Selamlar | Saygılarımızla |"
    " İyi günler | Kolay gelsin | İyi çalışmalar dilerim | Sevgi ve saygılarımla |"
    " En içten saygılarımla | Teşekkürler, iyi çalışmalar",
    auto_label="Otomatik yanıt | Otomatik cevap",
    away="Ofis dışında | İzin | Ofis Dışı | İzindeyim",
    away_body="ofis dışında | izindeyim | otomatik yanıt | otomatik cevap | yıllık izin |"
    " ofis dışındayım",
    undelivered="Teslim Edilemez | Teslim edilemedi | Teslim edilemiyor | Gönderilemedi |"
    " İletilemedi",
    unsubscribe="abonelikten çık",
    marker="bu satırın üstüne",
    thanks="Teşekkürler | Teşekkür ederim",
)

GREEK: Final = Language(
    "el",
    from_="Από | Αποστολέας",
    sent="Στάλθηκε | Ημερομηνία | Αποστολή | Ημ/νία | Εστάλη | Ημερομηνία αποστολής",
    to="Προς | Παραλήπτης | Για",
    cc="Κοιν | Κοινοποίηση | Cc | Κοιν.",
    subject="Θέμα",
    opens="Στις | Την | Στίς | Δευ | Τρί | Τετ | Πέμ | Παρ | Σάβ | Κυρ | Ο χρήστης | Στις:",
    wrote="έγραψε | έγραψε τα εξής | έγραψε τα παρακάτω | γράφει | έγραψαν | ο χρήστης έγραψε |"
    " εγραψε",
    first_person="εγώ | εμείς",
    original="Αρχικό μήνυμα | Πρωτότυπο μήνυμα | Αρχικό Μήνυμα | Αρχικό e-mail",
    forwarded="Προωθημένο μήνυμα | Έναρξη προωθημένου μηνύματος | Προώθηση μηνύματος |"
    " Προωθημένο Μήνυμα | Αρχή προωθημένου μηνύματος",
    reply_prefix="ΑΠ | Απ | ΣΧΕΤ | Re",
    forward_prefix="ΠΡΘ | Πρθ | Fwd | ΠΡΟΩΘ",
    sent_from="Στάλθηκε από | Εστάλη από | Στάλθηκε μέσω | Αποστολή από | Λήψη του Outlook",
    closing="Με εκτίμηση | Φιλικά | Με φιλικούς χαιρετισμούς | Χαιρετισμούς | Μετά τιμής |"
    " Με τιμή | Φιλικούς χαιρετισμούς",
    auto_label="Αυτόματη απάντηση",
    away="Εκτός γραφείου | Απουσία | Άδεια",
    away_body="εκτός γραφείου | αυτόματη απάντηση | σε άδεια | απουσιάζω",
    undelivered="Δεν είναι δυνατή η παράδοση | Δεν παραδόθηκε | Αποτυχία παράδοσης | Μη παραδοτέο",
    unsubscribe="ακύρωση εγγραφής | διαγραφή",
    thanks="Ευχαριστώ",
)

ALBANIAN: Final = Language(
    "sq",
    from_="Nga | Dërguesi",
    sent="Dërguar | Data | Dërguar më",
    to="Për | Te | Marrësi",
    cc="Cc | Kopje",
    subject="Subjekti | Tema | Subjekt",
    opens="Më | Me datë",
    wrote="shkroi | ka shkruar",
    original="Mesazhi origjinal | Mesazh origjinal",
    forwarded="Mesazh i përcjellë | Mesazhi i përcjellë",
    sent_from="Dërguar nga",
    closing="Me respekt | Përshëndetje | Të fala | Gjithë të mirat",
    auto_label="Përgjigje automatike",
)

BASQUE: Final = Language(
    "eu",
    from_="Nork | Igorlea | Nondik",
    sent="Bidalia | Data | Bidaltze-data",
    to="Nori | Hartzailea",
    cc="Cc | Kopia",
    subject="Gaia",
    wrote="idatzi zuen | idatzi du | igorleak hau idatzi zuen | erabiltzaileak hau idatzi du",
    original="Jatorrizko mezua",
    forwarded="Birbidalitako mezua | Birbidalitako mezuaren hasiera | Berbidalitako mezua",
    sent_from="Nire iPhonetik bidalita | Bidalia",
    closing="Agur bero bat | Ondo izan | Agurrak | Eskerrik asko eta ondo izan",
    auto_label="Erantzun automatikoa",
    away="Bulegotik kanpo",
)

TABLES: Final = (FINNISH, ESTONIAN, HUNGARIAN, TURKISH, GREEK, ALBANIAN, BASQUE)
