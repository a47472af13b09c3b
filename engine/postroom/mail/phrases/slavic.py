"""The Slavic and Baltic languages."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import Language

POLISH: Final = Language(
    "pl",
    from_="Od | Nadawca | Wysłane przez",
    sent="Wysłano | Data | Wysłane | Data wysłania | Wysłany | Dnia",
    to="Do | Odbiorca | Adresat",
    cc="DW | Dw | Cc | Kopia | Do wiadomości | UDW | Kopia do",
    subject="Temat | Dotyczy",
    other="Odpowiedź do | Załączniki | Ważność | Priorytet",
    opens="W dniu | Dnia | Wiadomość napisana | W dn. | Dn. | Użytkownik | pon. | wt. | śr. |"
    " czw. | pt. | sob. | niedz. | poniedziałek | wtorek | środa | czwartek | piątek | sobota |"
    " niedziela",
    wrote="napisał | napisała | napisana | napisał(a) | napisał/a | pisze | napisali | napisal |"
    " użytkownik napisał  | napisano",
    first_person="ja | my | Pan | Pani",
    original="Wiadomość oryginalna | Oryginalna wiadomość | Wiadomość pierwotna |"
    " Wiadomość źródłowa | Oryginał wiadomości | Oryginalny list |"
    " Treść oryginalnej wiadomości",
    forwarded="Wiadomość przekazana | Początek przekazywanej wiadomości |"
    " Treść przekazanej wiadomości | Przekazana wiadomość | Przekazane przez |"
    " Początek przekazanej wiadomości | Wiadomość przesłana dalej | Przesłana dalej wiadomość |"
    " Przekazywana wiadomość | Przesłana wiadomość | Wiadomość przekazana dalej |"
    " Forwardowana wiadomość",
    reply_prefix="Odp | ODP | Re",
    forward_prefix="PD | Pd | Przek | Fwd",
    sent_from="Wysłane z | Wysłano z | Wysłane przez | Wysłane za pomocą |"
    " Pobierz aplikację Outlook | Pobierz program Outlook | Wysłane ze | Wiadomość wysłana z |"
    " Pobierz Outlook",
    closing="Pozdrawiam | Z poważaniem | Serdecznie pozdrawiam | Pozdrowienia |"
    " Z wyrazami szacunku | Pozdrawiam serdecznie | Łączę pozdrowienia | Z pozdrowieniami |"
    " Miłego dnia | Pozdr | Z serdecznymi pozdrowieniami | Dziękuję i pozdrawiam |"
    " Z szacunkiem | Łączę wyrazy szacunku",
    auto_label="Odpowiedź automatyczna | Automatyczna odpowiedź | Autoodpowiedź | Autoresponder",
    away="Poza biurem | Nieobecność | Nieobecny | Nieobecna | Urlop | Jestem na urlopie",
    away_body="poza biurem | na urlopie | automatyczna odpowiedź | odpowiedź automatyczna |"
    " nieobecny | nieobecna | po powrocie | wygenerowana automatycznie |"
    " prosimy na nią nie odpowiadać | nie ma mnie w biurze | proszę nie odpowiadać |"
    " na zwolnieniu",
    undelivered="Niedostarczone | Niedostarczalne | Nie dostarczono | Nie można dostarczyć |"
    " Niedostarczona wiadomość | Wiadomość nie została dostarczona | Błąd dostarczenia |"
    " Zwrot wiadomości",
    unsubscribe="wypisz się | zrezygnuj z subskrypcji",
    marker="powyżej tej linii",
    thanks="Dziękuję | Dzięki | Z góry dziękuję",
)

CZECH: Final = Language(
    "cs",
    from_="Od | Odesílatel | Odesilatel | Odeslal",
    sent="Odesláno | Datum | Posláno | Odeslána | Zasláno",
    to="Komu | Pro | Příjemce",
    cc="Kopie | Cc | Kopie pro",
    subject="Předmět | Věc | Predmet",
    other="Odpovědět komu | Přílohy | Důležitost | Odpověď na",
    opens="Dne | Dňa | V | po | út | st | čt | pá | so | ne | pondělí | úterý | středa |"
    " čtvrtek | pátek | sobota | neděle",
    wrote="napsal | napsala | napsal(a) | odeslal | píše | napsali | napsal/a | psal",
    first_person="jsem | já | my",
    original="Původní zpráva | Původní e-mail | Originální zpráva | Původní email |"
    " Původní schůzka | Původní zpráva od",
    forwarded="Přeposlaná zpráva | Předávaná zpráva | Začátek přeposlané zprávy |"
    " Přeposlaný e-mail | Přeposlal | Začátek přeposílané zprávy | Přeposílaná zpráva |"
    " Předaná zpráva | Přeposlaný email | Přesměrovaná zpráva | Postoupená zpráva",
    reply_prefix="Odp | Re",
    forward_prefix="Přeposl | FW | Přep | Fwd | PŘ",
    sent_from="Odesláno z | Odesláno ze | Odesláno pomocí | Posláno z | Stáhnout Outlook |"
    " Získat Outlook | Odesláno přes | Získejte Outlook | Odesláno prostřednictvím |"
    " Odesláno aplikací",
    closing="S pozdravem | S přátelským pozdravem | Zdravím | Hezký den | S úctou |"
    " Děkuji a přeji hezký den | Přeji hezký den | S pozdravem a přáním hezkého dne |"
    " Pěkný den | Srdečně | Pozdravuji | Přeji pěkný den | S přáním hezkého dne |"
    " S pozdravem a přáním pěkného dne | Děkuji a zdravím",
    auto_label="Automatická odpověď",
    away="Mimo kancelář | Nepřítomnost | Nepřítomen | Nepřítomna | Dovolená |"
    " Nejsem v kanceláři | Potvrzení přijetí",
    away_body="mimo kancelář | na dovolené | automatická odpověď | nepřítomen | nepřítomna |"
    " po návratu | automaticky generovaná | neodpovídejte na | nejsem v kanceláři",
    undelivered="Nedoručitelné | Nedoručeno | Nelze doručit | Nedoručená |"
    " Zpráva nebyla doručena | Nedoručitelná",
    unsubscribe="odhlásit odběr | odhlásit se z odběru",
    marker="nad tento řádek | nad tuto čáru",
    thanks="Děkuji | Díky | Předem děkuji",
)

SLOVAK: Final = Language(
    "sk",
    from_="Od | Odosielateľ",
    sent="Odoslané | Dátum | Poslané | Odoslaný | Zaslané",
    to="Komu | Pre | Príjemca",
    cc="Kópia | Cc | Kopia",
    subject="Predmet | Vec",
    other="Odpovedať komu | Prílohy | Dôležitosť",
    opens="Dňa | Dne | V | po | ut | st | št | pi | so | ne | pondelok | utorok | streda |"
    " štvrtok | piatok | sobota | nedeľa",
    wrote="napísal | napísala | napísal(a) | píše | napísali | napísal/a | odoslal",
    first_person="som | ja | my",
    original="Pôvodná správa | Originálna správa | Pôvodný e-mail | Pôvodná plánovaná činnosť",
    forwarded="Preposlaná správa | Začiatok preposlanej správy | Posunutá správa |"
    " Preposlaný e-mail | Preposlal | Odovzdaná správa | Presmerovaná správa |"
    " Preposielaná správa | Začiatok preposielanej správy",
    reply_prefix="Odp | Re",
    forward_prefix="FW | Prepos | Fwd",
    sent_from="Odoslané z | Odoslané zo | Odoslané pomocou | Poslané z | Získať Outlook |"
    " Stiahnuť Outlook | Odoslané cez | Odoslané prostredníctvom",
    closing="S pozdravom | S priateľským pozdravom | Pozdravujem | Pekný deň | S úctou |"
    " Prajem pekný deň | Zdravím | Srdečne | Ďakujem a prajem pekný deň",
    auto_label="Automatická odpoveď",
    away="Mimo kancelárie | Neprítomnosť | Neprítomný | Dovolenka",
    away_body="mimo kancelárie | na dovolenke | automatická odpoveď | neprítomný | neprítomná |"
    " po návrate",
    undelivered="Nedoručiteľné | Nedoručené | Nemožno doručiť | Nie je možné doručiť",
    unsubscribe="odhlásiť odber",
    thanks="Ďakujem | Vopred ďakujem",
)

SOUTH_SLAVIC: Final = Language(
    "hr",
    from_="Od | Šalje | Pošiljatelj | Pošiljalac | Šalje/Od",
    sent="Poslano | Datum | Poslato | Poslana | Vrijeme | Vreme | Poslan | Date",
    to="Prima | Za | Primatelj | Primalac | Kome | Prema",
    cc="Kopija | Cc | CC",
    subject="Predmet | Naslov | Tema",
    other="Odgovori na | Privici | Prilozi | Važnost",
    opens="Dana | Dne | U | pon | uto | sri | sre | čet | pet | sub | ned | Na",
    wrote="napisao | napisala | je napisao | je napisala | napisao/la | piše | napisao je |"
    " napisala je | je napisao/la | napisao(la) | je napisao/napisala",
    first_person="sam | ja | mi",
    original="Izvorna poruka | Originalna poruka | Prvobitna poruka | Originalni mail |"
    " Izvorna e-poruka",
    forwarded="Proslijeđena poruka | Prosleđena poruka | Započni proslijeđenu poruku |"
    " Početak proslijeđene poruke | Proslijedio | Prosljeđena poruka | Proslijeđeni mail |"
    " Prosleđeno | Proslijeđeno",
    reply_prefix="Odg | Re",
    forward_prefix="Proslj | FW | Fwd | Pros",
    sent_from="Poslano s | Poslano sa | Poslano iz | Poslato sa | Poslato s | Poslano putem |"
    " Preuzmite Outlook | Poslano pomoću | Nabavite Outlook | Poslato iz | Dohvati Outlook",
    closing="Srdačan pozdrav | S poštovanjem | Lijep pozdrav | Pozdrav | Lp | Lep pozdrav |"
    " Srdačno | Pozdravljam | Sa poštovanjem | Uz pozdrav | Puno pozdrava | Lijepi pozdrav |"
    " Srdačni pozdravi | Unaprijed hvala i lijep pozdrav",
    auto_label="Automatski odgovor",
    away="Izvan ureda | Odsutan | Odsutnost | Godišnji odmor | Na godišnjem | Van kancelarije",
    away_body="izvan ureda | na godišnjem | automatski odgovor | odsutan | odsutna |"
    " van kancelarije | po povratku",
    undelivered="Neisporučeno | Nije isporučeno | Ne može se isporučiti |"
    " Nije moguće isporučiti | Neisporučivo",
    unsubscribe="odjava",
    thanks="Hvala | Unaprijed hvala",
)

SERBIAN: Final = Language(
    "sr",
    from_="Од | Шаље | Пошиљалац",
    sent="Послато | Датум | Време",
    to="Коме | За | Прима | Прималац",
    cc="Копија | Cc",
    subject="Наслов | Предмет | Тема",
    opens="Дана | У | Dana",
    wrote="је написао | је написала | написао | написала | пише | је написао/ла",
    original="Изворна порука | Оригинална порука",
    forwarded="Прослеђена порука | Почетак прослеђене поруке",
    sent_from="Послато са | Послато с | Послато из",
    closing="Срдачан поздрав | С поштовањем | Поздрав | Срдачно",
    away="Аутоматски одговор | Ван канцеларије",
    undelivered="Неиспоручено | Није испоручено",
)

SLOVENE: Final = Language(
    "sl",
    from_="Od | Pošiljatelj",
    sent="Poslano | Datum | Poslan",
    to="Za | Prejemnik | Komu",
    cc="Kp | V vednost | Cc",
    subject="Zadeva",
    other="Odgovori na | Priloge | Pomembnost",
    opens="Dne | V | Na dan | pon | tor | sre | čet | pet | sob | ned",
    wrote="je napisal | je napisala | napisal | napisala | je oseba | napisal/a | piše |"
    " je napisal/-a | napisal(a)",
    first_person="sem | jaz",
    original="Izvirno sporočilo | Originalno sporočilo | Prvotno sporočilo",
    forwarded="Posredovano sporočilo | Začetek posredovanega sporočila | Posredoval",
    reply_prefix="Odg | Re",
    forward_prefix="Posr | FW | Fwd",
    sent_from="Poslano iz | Poslano z | Poslano s | Prenesite Outlook | Pridobi Outlook",
    closing="Lep pozdrav | Lepo pozdravljeni | S spoštovanjem | Lep dan | Pozdrav |"
    " Prijazen pozdrav | Lp",
    auto_label="Samodejni odgovor | Samodejni odziv",
    away="Odsoten | Odsotna | Odsotnost | Dopust",
    away_body="na dopustu | samodejni odgovor | odsoten | odsotna | po vrnitvi",
    undelivered="Ni mogoče dostaviti | Nedostavljivo | Ni dostavljeno",
)

RUSSIAN: Final = Language(
    "ru",
    from_="От | От кого | Отправитель | От Кого",
    sent="Отправлено | Дата | Послано | Отправлен | Дата отправки | Время",
    to="Кому | Получатель",
    cc="Копия | Cc | Копии",
    subject="Тема | Тема письма",
    other="Обратный адрес | Вложения | Важность | Ответить | Кому ответить",
    opens="В | От | пн | вт | ср | чт | пт | сб | вс | понедельник | вторник | среда | среду |"
    " четверг | пятница | пятницу | суббота | субботу | воскресенье | Во",
    wrote="пишет | написал | написала | написал(а) | писал | писала | написали | писал(а) |"
    " пишете | написал/а | Вы писали | Вы написали",
    first_person="я | мы",
    original="Исходное сообщение | Оригинальное сообщение | Исходное письмо |"
    " Оригинал сообщения | Первоначальное сообщение | Сообщение | Исходное сообщение от |"
    " Исходная встреча",
    forwarded="Пересылаемое сообщение | Начало переадресованного сообщения |"
    " Переадресованное сообщение | Пересланное сообщение | Начало переадресованного письма |"
    " Перенаправленное сообщение | Пересылаемое письмо | Пересланное письмо |"
    " Начало пересылаемого сообщения | Начало пересланного сообщения | Пересылаемое письмо от |"
    " Завершение пересылаемого сообщения",
    reply_prefix="RE | Отв | Ответ | HA | На",
    forward_prefix="Пер | FW | Fwd | Пересл",
    sent_from="Отправлено с | Отправлено из | Отправлено со | Отправлено через |"
    " Скачать Outlook | С уважением, с iPhone | Получить Outlook | Отправлено при помощи |"
    " Отправлено от | Скачайте Outlook | Отправлено мобильной",
    closing="С уважением | С наилучшими пожеланиями | Всего доброго | С приветом |"
    " С наилучшими | Спасибо и всего доброго | Искренне Ваш | С почтением | Всего хорошего |"
    " Хорошего дня | Привет | С глубоким уважением | С ув | Заранее спасибо и всего доброго",
    auto_label="Автоматический ответ | Автоответ | Автоответчик",
    away="Нет на месте | Отсутствую | В отпуске | Отпуск | Отсутствие | Вне офиса |"
    " Уведомление об отсутствии | Ваше обращение",
    away_body="в отпуске | автоматический ответ | автоответ | отсутствую | вне офиса |"
    " после возвращения | сформировано автоматически | отвечать на него не нужно |"
    " не отвечайте на это",
    undelivered="Не удается доставить | Не доставлено | Недоставленное | Не удалось доставить |"
    " не доставлено | Невозможно доставить | Сообщение не доставлено | Ошибка доставки |"
    " Недоставлено | Возврат письма",
    unsubscribe="отписаться",
    marker="выше этой строки | выше этой линии",
    thanks="Спасибо | Заранее спасибо",
)

UKRAINIAN: Final = Language(
    "uk",
    from_="Від | Від кого | Відправник",
    sent="Надіслано | Дата | Відправлено | Надісланий",
    to="Кому | Отримувач | До",
    cc="Копія | Cc | Копії",
    subject="Тема",
    opens="В | У | Від | пн | вт | ср | чт | пт | сб | нд | понеділок | вівторок | середа |"
    " четвер | п'ятниця | субота | неділя | Дня",
    wrote="пише | написав | написала | написав(ла) | писав | писала | написав(-ла) |"
    " написав/ла | написав (-ла)",
    first_person="я | ми",
    original="Вихідне повідомлення | Оригінальне повідомлення | Початкове повідомлення |"
    " Вихідне повідомлення від | Первинне повідомлення | Оригінал повідомлення",
    forwarded="Переслане повідомлення | Початок переадресованого повідомлення |"
    " Переспрямоване повідомлення | Початок листа, що пересилається | Пересилання повідомлення |"
    " Переслано | Повідомлення, що пересилається | Перенаправлене повідомлення |"
    " Переслане повідомлення від | Початок пересланого повідомлення | Пересланий лист",
    reply_prefix="RE | Відп | На",
    forward_prefix="Пер | FW | Fwd",
    sent_from="Надіслано з | Відправлено з | Надіслано зі | Завантажити Outlook |"
    " Надіслано через | Отримати Outlook | Надіслано за допомогою",
    closing="З повагою | З найкращими побажаннями | Всього найкращого | Гарного дня |"
    " З повагою та найкращими побажаннями",
    auto_label="Автоматична відповідь",
    away="Відсутній | У відпустці | Відпустка | Поза офісом",
    away_body="у відпустці | автоматична відповідь | поза офісом | після повернення",
    undelivered="Не вдалося доставити | Не доставлено | Неможливо доставити | Недоставлено",
    unsubscribe="відписатися",
    thanks="Дякую",
)

BULGARIAN: Final = Language(
    "bg",
    from_="От | Изпращач | Подател",
    sent="Изпратено | Дата | Изпратена | Изпратено на",
    to="До | Получател | Към",
    cc="Копие | Cc | Як",
    subject="Относно | Тема | Заглавие",
    opens="На | В | пн | вт | ср | чт | пт | сб | нд | понеделник | вторник | сряда |"
    " четвъртък | петък | събота | неделя",
    wrote="написа | написаха | пише | писа | написал | написала",
    first_person="аз | ние",
    original="Оригинално съобщение | Първоначално съобщение | Оригинално писмо",
    forwarded="Препратено съобщение | Начало на препратено съобщение | Препратено писмо |"
    " Препратено от | Начало на препратеното съобщение",
    reply_prefix="Отг | Re | Отн",
    forward_prefix="Препр | FW | Fwd",
    sent_from="Изпратено от | Изпратено с | Изпратено чрез | Вземете Outlook",
    closing="Поздрави | С уважение | Сърдечни поздрави | Най-добри пожелания | С поздрав |"
    " Хубав ден",
    auto_label="Автоматичен отговор",
    away="Извън офиса | Отсъствие | В отпуск",
    away_body="извън офиса | в отпуск | автоматичен отговор | отсъствам",
    undelivered="Недоставено | Не може да бъде доставено | Не е доставено | Невъзможно доставяне",
    unsubscribe="отпишете",
)

LITHUANIAN: Final = Language(
    "lt",
    from_="Nuo | Siuntėjas | Nuo ko",
    sent="Išsiųsta | Data | Siųsta",
    to="Kam | Gavėjas | Iki",
    cc="Kopija | Cc | Kam (kopija)",
    subject="Tema",
    opens="pr | an | tr | kt | pn | št | sk",
    wrote="rašė | parašė | rašo",
    original="Originalus laiškas | Pradinis pranešimas | Pirminis laiškas | Originali žinutė |"
    " Pradinis laiškas",
    forwarded="Persiųstas laiškas | Persiunčiamas laiškas | Persiųstas pranešimas |"
    " Persiųsta žinutė | Persiųsto laiško pradžia",
    reply_prefix="Ats | HA | Re",
    forward_prefix="Pers | FW | Fwd",
    sent_from="Išsiųsta iš | Siųsta iš | Išsiųsta naudojant",
    closing="Pagarbiai | Su pagarba | Geros dienos | Linkėjimai | Geriausi linkėjimai",
    auto_label="Automatinis atsakymas",
    away="Ne biure | Atostogos",
    away_body="atostogauju | automatinis atsakymas | ne biure",
    undelivered="Nepristatyta | Nepavyko pristatyti | Negalima pristatyti",
)

LATVIAN: Final = Language(
    "lv",
    from_="No | Sūtītājs",
    sent="Nosūtīts | Datums | Sūtīts",
    to="Kam | Saņēmējs | Adresāts",
    cc="Kopija | Cc",
    subject="Temats | Tēma",
    opens="pirmd. | otrd. | trešd. | ceturtd. | piektd. | sestd. | svētd. | Datums",
    wrote="rakstīja | uzrakstīja | raksta | lietotājs rakstīja",
    original="Sākotnējā ziņa | Oriģinālais ziņojums | Sākotnējais ziņojums | Oriģinālā ziņa",
    forwarded="Pārsūtīta ziņa | Pārsūtītā ziņa | Pārsūtīts ziņojums | Pārsūtītais ziņojums",
    reply_prefix="Atb | Re",
    forward_prefix="Pārs | FW | Fwd",
    sent_from="Nosūtīts no | Sūtīts no | Nosūtīts, izmantojot",
    closing="Ar cieņu | Ar sveicieniem | Jauku dienu | Cieņā",
    auto_label="Automātiska atbilde",
    away="Ārpus biroja | Atvaļinājumā",
    away_body="atvaļinājumā | automātiska atbilde | ārpus biroja",
    undelivered="Nepiegādāts | Nevar piegādāt | Nav piegādāts",
)

TABLES: Final = (
    POLISH,
    CZECH,
    SLOVAK,
    SOUTH_SLAVIC,
    SERBIAN,
    SLOVENE,
    RUSSIAN,
    UKRAINIAN,
    BULGARIAN,
    LITHUANIAN,
    LATVIAN,
)
