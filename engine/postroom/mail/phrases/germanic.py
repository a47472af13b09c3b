"""English, German, Dutch and the languages of the north."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import Language

ENGLISH: Final = Language(
    "en",
    from_="From | Sent by | Sender",
    sent="Sent | Date | Sent on | Date sent | Received | Time | When | On",
    to="To | Recipient | Recipients | Sent to",
    cc="Cc | Copy | Copy to | Copies",
    subject="Subject | Re | Topic",
    other="Reply-To | Reply To | Bcc | Importance | Priority | Attachments | Attachment |"
    " Attached | Organization | Sensitivity | Message-ID | Resent-From | Categories |"
    " Newsgroups | Sender | On behalf of | Flag",
    opens="On | At",
    wrote="wrote | writes | has written | said",
    first_person="I | we | you | he | she | they | who | someone | somebody | which",
    original="Original Message | Original Mail | Original E-mail | Original Email |"
    " Reply Message | Reply Separator | Original message follows | Original Appointment |"
    " Message reply | Quoted Message | Previous Message | Replied Message | Reply Original |"
    " Replied mail | Original",
    forwarded="Forwarded message | Forwarded Message | Begin forwarded message |"
    " Forwarded mail | Forwarded by | Forwarded email | Forward | Forwarded | Forwarded letter |"
    " Forwarding message | Start of forwarded message | Inline forwarded message |"
    " This is a forwarded message | Forwarded Message Follows | Forwarded message from",
    reply_prefix="Re | Antw | Reply | Response",
    forward_prefix="Fwd | Fw | Forward | Forwarded",
    sent_from="Sent from my | Sent from Mail | Sent from Outlook | Sent from Yahoo |"
    " Sent from a | Sent from the | Sent from Samsung | Sent from Xperia | Sent from Huawei |"
    " Sent from iPhone | Sent from iPad | Sent from Windows Mail | Sent from Gmail |"
    " Sent from Proton | Sent from Spark | Sent from Type | Sent from Blue | Sent from Nine |"
    " Sent from Aqua | Sent from myMail | Sent from Front | Sent from Postbox |"
    " Sent from Airmail | Sent from Mailspring | Sent from Fastmail | Sent from Surface |"
    " Sent from AOL | Sent from Newton | Sent from BlackBerry | Sent from Zoho | Sent from WPS |"
    " Sent from Polymail | Sent from Nylas | Sent from K-9 | Sent from phone |"
    " Sent from mobile | Sent from Tutanota | Sent from Canary | Sent from eM |"
    " Sent from Android | Sent from Cloud | Sent from Email | Sent from LG | Sent from HTC |"
    " Sent from Motorola | Sent from OnePlus | Sent from Xiaomi | Sent from Pixel |"
    " Sent from Galaxy | Sent from Hotmail | Sent from Nokia | Sent on the | Sent on my |"
    " Sent via | Sent with | Sent using | Sent by my | Sent wirelessly | Get Outlook for |"
    " Get TypeApp for | Get BlueMail for | Get BlackBerry | Sent securely | Sent in brief |"
    " Sent over | Sent through | Download BlueMail | Typed on my | Written on my |"
    " Sent from an",
    closing="Regards | Best regards | Kind regards | Kindest regards | Warm regards |"
    " Warmest regards | With kind regards | With best regards | With warm regards |"
    " With regards | Many regards | Best wishes | With best wishes | Warm wishes | Sincerely |"
    " Yours sincerely | Sincerely yours | Yours faithfully | Faithfully | Yours truly |"
    " Very truly yours | Truly yours | Respectfully | Respectfully yours | Cordially |"
    " Cordially yours | Cheers | All the best | All my best | Thanks and regards |"
    " Thanks & regards | Thanks and best regards | Thanks & best regards |"
    " Thank you and regards | Thank you and best regards | Thanks and kind regards |"
    " Thanks & kind regards | Thanking you | Best | Rgds | BR | KR | Br | Take care | Yours |"
    " Cheerio | Kind rgds | Best rgds | Very best regards | Very best | Greetings |"
    " Kind greetings | Best greetings | With gratitude | Warmly | Love",
    auto_label="Automatic reply | Auto reply | Auto-reply | Autoreply | Automatic response |"
    " Auto response | Auto-response | Autoresponse | Autoresponder | Out of office autoreply |"
    " Auto Responder | Automated reply | Automated response |"
    " Automatically generated | Request received |"
    " Ticket received | Case received | Enquiry received | Inquiry received",
    away="Out of Office | Out of the Office | Vacation | On vacation | Away from | I am away |"
    " On leave | Annual leave | Maternity leave | OOO | OOTO | Holiday notice | Absence |"
    " We received your | We have received your | Thank you for your email |"
    " Thank you for contacting | Thank you for your message | Thanks for your email |"
    " Away message",
    away_body="out of the office | out of office | automatic reply | automated reply |"
    " automated response | automatic response | auto-reply | autoresponder | on vacation |"
    " on annual leave | on maternity leave | on leave until | away from the office |"
    " away from my desk | limited access to email | limited access to my email |"
    " will be back on | return to the office | returning on | do not reply to this |"
    " this is an automated | this is an automatic | no longer with the company |"
    " no longer works | no longer working | currently away | will respond when i return |"
    " will reply when i return | upon my return | this mailbox is not monitored |"
    " confirm receipt of your | has been received and will be",
    undelivered="Undeliverable | Undelivered | Delivery Status Notification | Delivery failure |"
    " Delivery failed | Delivery Failure Notification | Delivery Notification |"
    " Delivery Report | Returned mail | Mail delivery failed | Mail delivery failure |"
    " Mail delivery failed | Mail System Error | Message delivery failure | failure notice |"
    " failure delivery | Delivery problem | Undeliverable mail | Undeliverable message |"
    " Undelivered mail | Mail could not be delivered | Message could not be delivered |"
    " could not be delivered | Message not delivered | Mail not delivered | not delivered |"
    " Non-delivery | Nondeliverable | Nondeliverable mail | Returned to sender |"
    " Return to sender | User unknown | Delivery delayed | Delivery error | Delivery Status |"
    " Message undeliverable | mail failed | Mail failure | Message delayed | Delayed mail |"
    " has not yet been delivered | Delivery has failed | Error during delivery |"
    " Delivery unsuccessful | Email delivery failure | Rejected mail | Message rejected |"
    " Message status | Warning: message | Mail delivery | Delivery incomplete | Unzustellbar |"
    " Unable to deliver | Mail Delivery Problem | Could not send message |"
    " Permanent delivery failure | Delivery Warning | Processing Error | Failed mail |"
    " Mail Error | Mail Returned | Returned message | Message returned | Unsent message |"
    " Unreachable recipient | Bounced message | Bounced mail | Mail bounced |"
    " Returning message to sender",
    unsubscribe="unsubscribe | opt out | opt-out | manage your preferences | email preferences |"
    " update your preferences | view in browser | view this email in | view it in your browser",
    marker="above this line",
    thanks="Thanks | Thank you | Many thanks | Thanks a lot | Thanks in advance |"
    " Thanks so much | Thank you very much | Thx | Tks | Thanks again | Thank you in advance",
)

GERMAN: Final = Language(
    "de",
    from_="Von | Gesendet von | Absender",
    sent="Gesendet | Datum | Gesendet am | Date | Am | Zeit | Versendet | Versendet am",
    to="An | Empfänger",
    cc="Cc | Kopie | Kopie an | Kopien",
    subject="Betreff | Betr | Betrifft",
    other="Antwort an | Anlagen | Anlage | Anhang | Anhänge | Wichtigkeit | Priorität | Blindkopie",
    opens="Am | Vom | Zitat von | Quoting",
    wrote="schrieb | schrieben | hat geschrieben | schreibt | geschrieben",
    first_person="ich | wir | du | ihr | Sie | er | man | jemand",
    original="Ursprüngliche Nachricht | Originalnachricht | Original-Nachricht | Originalmail |"
    " Ursprüngliche Mail | Original Nachricht | Ursprünglicher Termin | Originale Nachricht |"
    " Ursprüngliche E-Mail | Antwort",
    forwarded="Weitergeleitete Nachricht | Anfang der weitergeleiteten Nachricht |"
    " Weitergeleitete Mail | Weitergeleitet von | Weitergeleitete E-Mail | Weiterleitung |"
    " Weitergeleitet | Beginn der weitergeleiteten Nachricht | Weitergeleitete Mitteilung |"
    " Anfang weitergeleitete Nachricht | Weitergeleiteter Text",
    reply_prefix="AW | Antwort | Antw | RE",
    forward_prefix="WG | Wtr | Wtrlt | Weitergeleitet | Weiterleitung | Weiterl",
    sent_from="Von meinem | Gesendet von | Gesendet mit | Gesendet vom | Gesendet über |"
    " Gesendet aus | Diese Nachricht wurde von meinem | Diese E-Mail wurde von meinem |"
    " Diese Nachricht wurde mit | Von unterwegs gesendet | Versendet mit |"
    " Holen Sie sich Outlook | Von iPhone | Von iPad | Von meiner |"
    " Mit freundlichen Grüßen von meinem | Hol dir Outlook | Outlook für | Gesendet per |"
    " Mobil gesendet | Unterwegs gesendet",
    closing="Mit freundlichen Grüßen | Mit freundlichen Grüssen | Mit freundlichem Gruß |"
    " Mit freundlichem Gruss | Freundliche Grüße | Freundliche Grüsse | Freundlicher Gruß |"
    " Freundliche Gruesse | Mit freundlichen Gruessen | Viele Grüße | Viele Grüsse |"
    " Viele Gruesse | Vielen Gruß | Liebe Grüße | Liebe Grüsse | Liebe Gruesse | Lieben Gruß |"
    " Beste Grüße | Beste Grüsse | Beste Gruesse | Besten Gruß | Schöne Grüße | Schöne Grüsse |"
    " Schönen Gruß | Herzliche Grüße | Herzliche Grüsse | Herzlichen Gruß | Herzlichst | Gruß |"
    " Grüße | Gruss | Grüsse | Hochachtungsvoll | Mit besten Grüßen | Mit besten Grüssen |"
    " Mit herzlichen Grüßen | Mit lieben Grüßen | Mit vielen Grüßen | MfG | LG | VG | BG | HG |"
    " SG | Freundlich grüßt | Freundlich grüsst | Sonnige Grüße | Mit kollegialen Grüßen |"
    " Es grüßt | Bis dann | Viele liebe Grüße | Schöne Grüße aus | Mit freundlicher Empfehlung |"
    " Danke und Gruß | Danke und viele Grüße | Vielen Dank und viele Grüße |"
    " Vielen Dank und freundliche Grüße | Servus",
    auto_label="Abwesenheitsnotiz | Abwesenheitsmeldung | Automatische Antwort |"
    " Automatische Rückantwort | Autom. Antwort | Autoreply",
    away="Abwesenheit | Nicht im Büro | Außer Haus | Ausser Haus | Im Urlaub | Urlaub |"
    " Abwesend | Eingangsbestätigung | Empfangsbestätigung |"
    " Ihre Anfrage ist bei uns eingegangen | Vielen Dank für Ihre | Außerhalb des Büros |"
    " Urlaubsmeldung | Elternzeit",
    away_body="nicht im büro | außer haus | ausser haus | im urlaub | abwesend |"
    " automatische antwort | automatisch generiert | automatisch erstellt |"
    " automatisch erzeugt | nicht erreichbar | in elternzeit | bin wieder ab | ab dem |"
    " zurück am | antworten sie nicht auf diese | bitte antworten sie nicht |"
    " wird nicht weitergeleitet | nach meiner rückkehr | keinen zugriff auf meine |"
    " eingang ihrer",
    undelivered="Unzustellbar | Nicht zugestellt | Unzustellbarkeit | Nicht zustellbar |"
    " Zustellung fehlgeschlagen | Unzustellbare | Ihre Nachricht konnte nicht zugestellt |"
    " konnte nicht zugestellt werden | Zustellungsfehler | Fehler bei der Zustellung |"
    " Übermittlungsfehler | Nachricht nicht zugestellt | Verzögerte Zustellung |"
    " Zustellung verzögert | E-Mail konnte nicht | Benachrichtigung zum Übermittlungsstatus |"
    " Unzustellbare Nachricht",
    unsubscribe="abmelden | abbestellen | newsletter abbestellen | im browser ansehen |"
    " im browser anzeigen",
    marker="oberhalb dieser Zeile | oberhalb dieser Linie | über dieser Zeile",
    thanks="Danke | Vielen Dank | Danke schön | Besten Dank | Herzlichen Dank |"
    " Danke im Voraus | Vielen Dank im Voraus",
)

DUTCH: Final = Language(
    "nl",
    from_="Van | Afzender",
    sent="Verzonden | Datum | Verzonden op | Verstuurd | Verzenddatum",
    to="Aan | Naar",
    cc="Cc | CC | Kopie | Kopie aan",
    subject="Onderwerp | Betreft",
    other="Antwoord aan | Bijlagen | Bijlage | Urgentie | Prioriteit",
    opens="Op | Den",
    wrote="schreef | schreef het volgende | heeft geschreven | heeft het volgende geschreven |"
    " schrijft | heeft op",
    first_person="ik | wij | we | je | jij | u | hij | zij",
    original="Oorspronkelijk bericht | Origineel bericht | Oorspronkelijk e-mailbericht |"
    " Oorspronkelijke e-mail | Originele e-mail | Oorspronkelijke afspraak | Antwoord",
    forwarded="Doorgestuurd bericht | Begin doorgestuurd bericht | Doorgestuurde bericht |"
    " Doorgestuurd door | Doorgestuurde e-mail | Begin van doorgestuurd bericht | Doorgestuurd",
    reply_prefix="Antw | Betr | Re",
    forward_prefix="Doorst | FW | Dwd | Fwd",
    sent_from="Verstuurd vanaf | Verzonden vanaf | Verstuurd met | Verzonden met |"
    " Verzonden via | Verstuurd via | Verzonden vanuit | Outlook voor | Download Outlook |"
    " Verstuurd met mijn | Verzonden door | Outlook downloaden | Verzonden van mijn",
    closing="Met vriendelijke groet | Met vriendelijke groeten | Vriendelijke groet |"
    " Vriendelijke groeten | Met hartelijke groet | Hartelijke groet | Hartelijke groeten |"
    " Groeten | Groet | Groetjes | Met groet | Hoogachtend | Mvg | Vr. groet | Vr.gr. |"
    " Met beste groeten | Beste groeten | Gr | Grtz | Met vr. groet | Bedankt en groeten |"
    " Alvast bedankt en groeten | Met warme groet | Liefs | Mvrgr",
    auto_label="Automatisch antwoord | Automatische reactie",
    away="Afwezigheidsassistent | Afwezig | Niet aanwezig | Buiten kantoor | Met vakantie |"
    " Afwezigheid | Ontvangstbevestiging",
    away_body="niet aanwezig | afwezig | met vakantie | op vakantie | automatisch antwoord |"
    " automatisch gegenereerd | automatische reactie | ben ik weer | niet op kantoor |"
    " bij mijn terugkomst",
    undelivered="Onbestelbaar | Niet bezorgd | Niet afgeleverd | Onbestelbare |"
    " Bezorging mislukt | Kan niet worden bezorgd | niet worden afgeleverd",
    unsubscribe="afmelden | uitschrijven",
    marker="boven deze regel | boven deze lijn",
    thanks="Bedankt | Alvast bedankt | Dank je | Dank u | Hartelijk dank",
)

DANISH: Final = Language(
    "da",
    from_="Fra | Afsender",
    sent="Sendt | Dato | Sendt den",
    to="Til | Modtager",
    cc="Cc | Kopi | Kopi til",
    subject="Emne | Vedr",
    other="Svar til | Vedhæftede filer | Vedhæftet fil | Prioritet | Vigtighed",
    opens="Den | D. | På",
    wrote="skrev | skrev følgende | har skrevet | skriver",
    first_person="jeg | vi | du | han | hun | I | man",
    original="Oprindelig meddelelse | Oprindelig besked | Original meddelelse |"
    " Original besked | Oprindelig mail | Oprindelig e-mail | Oprindelig aftale",
    forwarded="Videresendt meddelelse | Videresendt besked | Start på videresendt besked |"
    " Videresendt af | Start på videresendt meddelelse | Videresendt mail | Videresendt |"
    " Videresendte beskeder | Begynd videresendt besked",
    reply_prefix="SV | Sv | Vedr",
    forward_prefix="VS | Vs | Vds",
    sent_from="Sendt fra | Sendt med | Hent Outlook | Sendt via | Send fra | Sendt fra min |"
    " Få Outlook",
    closing="Med venlig hilsen | Venlig hilsen | Venlige hilsner | Mange hilsner | Hilsen |"
    " Bedste hilsner | De bedste hilsner | Kærlig hilsen | Mvh | Vh | Med venlige hilsner |"
    " Hilsner | Kh | Med de bedste hilsner | Dbh | Mange hilsener",
    auto_label="Autosvar | Automatisk svar | Automatisk besvarelse",
    away="Ikke til stede | Fraværende | Fravær | Ferie",
    away_body="ikke til stede | på ferie | fraværende | autosvar | automatisk svar |"
    " tilbage igen | automatisk genereret | ikke på kontoret | holder ferie",
    undelivered="Ikke leveret | Kan ikke leveres | Uleveret | Ikke-leveret | Kunne ikke leveres",
    unsubscribe="afmeld",
    marker="over denne linje",
    thanks="Tak | Mange tak | På forhånd tak",
)

SWEDISH: Final = Language(
    "sv",
    from_="Från | Avsändare | Frĺn",
    sent="Skickat | Datum | Skickat den | Skickades | Date",
    to="Till | Mottagare",
    cc="Kopia | Cc | Kopia till",
    subject="Ämne | Angående | Rubrik",
    other="Svara till | Bifogade filer | Bilagor | Bilaga | Prioritet",
    opens="Den | På | Vid",
    wrote="skrev | skrev följande | har skrivit | skriver",
    first_person="jag | vi | du | han | hon | ni | man",
    original="Ursprungligt meddelande | Originalmeddelande | Ursprungligt mail |"
    " Ursprungligt mejl | Ursprungligt e-postmeddelande | Ursprunglig avtalad tid",
    forwarded="Vidarebefordrat meddelande | Vidarebefordrat brev | Vidarebefordrat mail |"
    " Vidarebefordrat av | Vidarebefordrade meddelanden | Vidarebefordrat mejl |"
    " Vidarebefordrat | Börja vidarebefordrat meddelande | Vidarebefordrat e-postmeddelande |"
    " Start på vidarebefordrat meddelande | Början på vidarebefordrat meddelande",
    reply_prefix="SV | Sv | Ang",
    forward_prefix="VB | Vb | Vid | Vidarebef",
    sent_from="Skickat från | Skickat med | Skickat via | Hämta Outlook | Skickas från |"
    " Skaffa Outlook | Skickades från",
    closing="Med vänlig hälsning | Med vänliga hälsningar | Vänliga hälsningar |"
    " Vänlig hälsning | Hälsningar | Hälsning | Bästa hälsningar | Mvh | Med bästa hälsningar |"
    " Varma hälsningar | Med hälsning | Hjärtliga hälsningar | Många hälsningar | Hälsn |"
    " Allt gott | Vänligen | Med vänlig hälsning/Best regards | Vh | Kram",
    auto_label="Frånvaromeddelande | Automatiskt svar | Autosvar",
    away="Frånvarande | Frånvaro | Semester | Ej på kontoret | Inte på kontoret",
    away_body="inte på kontoret | frånvarande | på semester | automatiskt svar | autosvar |"
    " åter på | har semester | är tillbaka | föräldraledig | automatiskt genererat",
    undelivered="Kan inte levereras | Olevererat | Ej levererat | Det går inte att leverera |"
    " Kunde inte levereras | Olevererbart | Leverans misslyckades",
    unsubscribe="avregistrera | avsluta prenumeration",
    marker="ovanför den här raden | ovanför denna rad",
    thanks="Tack | Tack på förhand | Stort tack",
)

NORWEGIAN: Final = Language(
    "no",
    from_="Fra | Frå | Avsender",
    sent="Sendt | Dato | Sendt den",
    to="Til | Mottaker",
    cc="Kopi | Cc | Kopi til",
    subject="Emne",
    other="Svar til | Vedlegg | Prioritet",
    opens="Den | På | tir. | man. | ons. | tor. | fre. | lør. | søn.",
    wrote="skrev | skrev følgende | har skrevet | skreiv | skriver",
    first_person="jeg | vi | du | han | hun | dere | man | eg",
    original="Opprinnelig melding | Original melding | Opprinneleg melding |"
    " Opprinnelig e-post | Opprinnelig avtale",
    forwarded="Videresendt melding | Videresendt e-post | Start på videresendt melding |"
    " Videresendt av | Vidaresend melding | Begynnelse på videresendt melding | Videresendt |"
    " Videresend melding | Start på videresendt e-post",
    reply_prefix="SV | Sv | Vedr",
    forward_prefix="VS | Vs | Videresend | Vidare | Vds",
    sent_from="Sendt fra | Sendt med | Sendt via | Hent Outlook | Sendt frå |"
    " Skaff deg Outlook | Få Outlook",
    closing="Med vennlig hilsen | Vennlig hilsen | Med venleg helsing | Venleg helsing |"
    " Hilsen | Beste hilsen | Mvh | Vh | Med vennlige hilsner | Beste hilsener |"
    " Med beste hilsen | Hilsning | Helsing | Vennlige hilsner | Mange hilsener | Med hilsen |"
    " Klem",
    auto_label="Autosvar | Automatisk svar | Fraværsmelding",
    away="Fraværende | Fravær | Ikke til stede | Ferie | Ikke på kontoret",
    away_body="ikke på kontoret | ikke til stede | på ferie | fraværende | automatisk svar |"
    " autosvar | er tilbake | har ferie",
    undelivered="Kan ikke leveres | Ikke levert | Ikke leverbar | Kunne ikke leveres | Uleverbar",
    unsubscribe="avmelding | meld deg av",
    marker="over denne linjen",
    thanks="Takk | Mange takk | På forhånd takk",
)

ICELANDIC: Final = Language(
    "is",
    from_="Frá | Sendandi",
    sent="Sent | Dagsetning | Dags",
    to="Til | Viðtakandi",
    cc="Afrit | Cc",
    subject="Efni",
    opens="Þann | Þ.",
    wrote="skrifaði | reit | ritaði",
    first_person="ég | við | þú",
    original="Upprunaleg skilaboð | Upphaflegur póstur | Upprunalegur póstur",
    forwarded="Áframsent bréf | Áframsend skilaboð | Framsendur póstur",
    reply_prefix="SV | Re",
    forward_prefix="FS | Fwd",
    sent_from="Sent úr | Sent frá",
    closing="Kveðja | Bestu kveðjur | Með kveðju | Með bestu kveðju | Kær kveðja | Kv",
    auto_label="Sjálfvirkt svar",
    away="Fjarverandi | Fjarvera",
    undelivered="Ekki hægt að afhenda | Óafhent",
)

TABLES: Final = (ENGLISH, GERMAN, DUTCH, DANISH, SWEDISH, NORWEGIAN, ICELANDIC)
