"""French, Italian, Spanish, Portuguese, Catalan, Galician and Romanian."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import Language

FRENCH: Final = Language(
    "fr",
    from_="De | Expéditeur | Envoyé par | De la part de",
    sent="Envoyé | Envoyé le | Date | Date d'envoi | Le | Envoyée | Reçu | Message du",
    to="À | A | Pour | Destinataire | Destinataires",
    cc="Cc | Copie | Copie à | Copies",
    subject="Objet | Sujet | Obj",
    other="Répondre à | Pièces jointes | Pièce jointe | Importance | Réponse à",
    opens="Le | Selon | En date du",
    wrote="a écrit | écrit | écrivit | a écrit le message suivant | écrivait | à écrit |"
    " a ecrit | avez écrit",
    first_person="j' | j'ai | je | nous | vous | tu | on | il | elle",
    original="Message d'origine | Message original | Message initial | Courriel original |"
    " Message d’origine | E-mail d'origine | Message de départ | Rendez-vous d'origine |"
    " Courrier original | Message précédent",
    forwarded="Message transféré | Message réexpédié | Début du message réexpédié |"
    " Message transmis | Début du message transféré | Transféré par | Transfert |"
    " Courriel transféré | E-mail transféré | Message renvoyé | Début du message transmis |"
    " Transmis par | Message transféré de",
    reply_prefix="RE | Ré | Rép | RÉP",
    forward_prefix="TR | Tr | Trans | Transf | Fwd",
    sent_from="Envoyé de mon | Envoyé depuis | Envoyé à partir | Envoyé avec | Envoyé via |"
    " Envoyé par | Obtenez Outlook | Télécharger Outlook | Envoyé d'un | Envoyé de |"
    " Provenance : Courrier | Envoyé du | Obtenir Outlook | Envoyée de mon | Envoyé sur",
    closing="Cordialement | Bien cordialement | Très cordialement | Sincères salutations |"
    " Meilleures salutations | Salutations | Salutations distinguées | Bien à vous |"
    " Bien à toi | Amicalement | Bonne journée | Bonne réception | Cdt | Cdlt |"
    " Cordiales salutations | Avec mes meilleures salutations | Avec mes salutations |"
    " Sincèrement | Amitiés | Respectueusement | Meilleurs sentiments | Bien sincèrement |"
    " Bien amicalement | Cordialement vôtre | Bàv | Bàt |"
    " Veuillez agréer mes salutations distinguées | Merci et bonne journée |"
    " Merci cordialement | Bonne fin de journée | Crdlt | Bien respectueusement |"
    " Mes meilleures salutations",
    auto_label="Réponse automatique",
    away="Absent du bureau | Absence du bureau | Message d'absence | Absence | En congé |"
    " Congés | Absent | Réponse d'absence | Accusé de réception | Notification d'absence |"
    " Hors du bureau | Nous avons bien reçu | Votre message a bien été reçu",
    away_body="absent du bureau | absente du bureau | en congés | en congé |"
    " réponse automatique | en vacances | actuellement absent | actuellement absente |"
    " de retour le | à mon retour | absent jusqu'au | absente jusqu'au | message automatique |"
    " généré automatiquement | hors du bureau | ne pas répondre à ce",
    undelivered="Non remis | Non délivré | Échec de la remise | Message non délivré |"
    " Non distribué | Échec de distribution | Impossible de remettre | Avis de non-remise |"
    " n'a pas pu être remis | Message non distribué | Remise impossible | Échec de remise |"
    " Rapport de non-remise | Non remise",
    unsubscribe="se désabonner | désabonner | désinscrire | se désinscrire | désinscription",
    marker="dessus de cette ligne",
    thanks="Merci | Merci beaucoup | Merci d'avance | Merci par avance",
)

ITALIAN: Final = Language(
    "it",
    from_="Da | Mittente | Inviato da",
    sent="Inviato | Data | Inviato il | Inviata | Data invio | Inviata il | Spedito",
    to="A | Per | Destinatario | Destinatari",
    cc="Cc | Copia | P.c. | Copia a | CC",
    subject="Oggetto | Ogg",
    other="Rispondi a | Allegati | Allegato | Priorità | Importanza",
    opens="Il | In data | Il giorno | Lo | Il giorno",
    wrote="ha scritto | ha scritto quanto segue | scrisse | scrive | hai scritto |"
    " ha scritto il messaggio",
    first_person="io | ho | abbiamo | noi | tu",
    original="Messaggio originale | Messaggio Originale | Messaggio originario |"
    " Mail originale | E-mail originale | Messaggio d'origine | Appuntamento originale |"
    " Messaggio da",
    forwarded="Messaggio inoltrato | Inizio messaggio inoltrato | Inoltrato da |"
    " Mail inoltrata | Inoltro messaggio | Messaggio inoltrato da |"
    " Inizio del messaggio inoltrato | Inoltro",
    reply_prefix="R | RIF | Rif | Ris",
    forward_prefix="I | Inoltro | Fwd | Inoltra",
    sent_from="Inviato da | Inviato dal | Inviato con | Inviato tramite | Scarica Outlook |"
    " Ottieni Outlook | Inviata da | Inviato dall'",
    closing="Cordiali saluti | Distinti saluti | Cordialmente | Saluti | Un saluto |"
    " Un cordiale saluto | Saluti cordiali | I miei più cordiali saluti | I migliori saluti |"
    " Grazie e saluti | A presto | Buona giornata | Cari saluti | Tanti saluti |"
    " Con i migliori saluti | Con cordiali saluti | Grazie e cordiali saluti |"
    " Molti cordiali saluti | Ciao | Buon lavoro | Cordiali Saluti | Un caro saluto |"
    " Porgo cordiali saluti | Porgo distinti saluti",
    auto_label="Risposta automatica",
    away="Fuori sede | Fuori ufficio | Assenza dall'ufficio | Assente | Assenza | In ferie |"
    " Ferie | Avviso di assenza | Conferma di ricezione",
    away_body="fuori ufficio | fuori sede | in ferie | risposta automatica | assente |"
    " al mio rientro | sarò di ritorno | generato automaticamente | non rispondere a questa |"
    " messaggio automatico | assente dall'ufficio | in vacanza",
    undelivered="Non recapitabile | Non recapitato | Mancato recapito |"
    " Messaggio non recapitato | Recapito non riuscito | Impossibile recapitare |"
    " Mancata consegna | AVVISO DI MANCATA CONSEGNA | Non consegnato | Errore di consegna",
    unsubscribe="disiscriverti | cancellati | annulla iscrizione | disiscrizione |"
    " cancellare l'iscrizione",
    marker="sopra di questa riga | sopra questa riga | sopra questa linea",
    thanks="Grazie | Grazie mille | Molte grazie | Grazie in anticipo",
)

SPANISH: Final = Language(
    "es",
    from_="De | Remitente | Enviado por | Desde",
    sent="Enviado | Enviado el | Fecha | Fecha de envío | Enviada | Enviado en | Enviada el | El",
    to="Para | A | Destinatario | Destinatarios",
    cc="CC | Cc | Copia | Con copia | Copia a",
    subject="Asunto | Tema | Asto",
    other="Responder a | Datos adjuntos | Adjuntos | Archivos adjuntos | Importancia | Prioridad",
    opens="El | En | El día | Con fecha | A las",
    wrote="escribió | escribio | ha escrito | escribió lo siguiente | escribía | escribe |"
    " va escriure",
    first_person="yo | he | nosotros | tú | usted",
    original="Mensaje original | Mensaje Original | Correo original | Mensaje de origen |"
    " Cita original | Mensaje inicial | Mensaje anterior | Mail original",
    forwarded="Mensaje reenviado | Inicio del mensaje reenviado | Reenviado por |"
    " Correo reenviado | Mensaje reenviado de | Comienzo del mensaje reenviado | Reenviado |"
    " Mensaje reexpedido | Inicia el mensaje reenviado | Comienza el mensaje reenviado",
    reply_prefix="RE | RES | Resp | RTA",
    forward_prefix="RV | Rv | REENV | Fwd | RM | Reenviado",
    sent_from="Enviado desde | Enviado con | Enviado por mi | Enviado vía | Enviado de mi |"
    " Enviado mediante | Obtener Outlook | Obtén Outlook | Enviado a través | Enviado usando |"
    " Descargar Outlook | Enviado a partir",
    closing="Saludos | Un saludo | Saludos cordiales | Cordiales saludos | Atentamente |"
    " Un cordial saludo | Cordialmente | Muchos saludos | Saludos atentos | Atte |"
    " Le saluda atentamente | Un abrazo | Reciba un cordial saludo | Muy atentamente |"
    " Afectuosamente | Quedo atento | Quedo atenta | Sin otro particular | Cordial saludo |"
    " Un fuerte abrazo | Abrazos | Saludos y gracias | Gracias y saludos | Mis saludos |"
    " Atentos saludos | Slds | Saludos afectuosos | Recibe un cordial saludo |"
    " Un afectuoso saludo | Besos",
    auto_label="Respuesta automática | Respuesta automatica | Autorespuesta | Auto reply",
    away="Fuera de la oficina | Fuera de oficina | Ausente | Ausencia | Vacaciones |"
    " De vacaciones | Acuse de recibo | Hemos recibido su",
    away_body="fuera de la oficina | fuera de oficina | de vacaciones | respuesta automática |"
    " ausente | a mi regreso | estaré de vuelta | de regreso el | mensaje automático |"
    " generado automáticamente | no responda a este | no conteste a este |"
    " mensaje es automático | acuse de recibo | hemos recibido su | procesando la respuesta",
    undelivered="No se puede entregar | No entregado | No se pudo entregar | Entrega fallida |"
    " Mensaje no entregado | Error de entrega | Fallo en la entrega | No entregable |"
    " Correo devuelto | Mensaje devuelto | Devolución de correo | Error en la entrega |"
    " Notificación de error de entrega | Mensaje no entregable",
    unsubscribe="darse de baja | cancelar suscripción | cancelar la suscripción |"
    " ver en el navegador",
    marker="encima de esta línea | arriba de esta línea",
    thanks="Gracias | Muchas gracias | Gracias de antemano | Gracias por anticipado",
)

PORTUGUESE: Final = Language(
    "pt",
    from_="De | Remetente | Enviado por",
    sent="Enviado | Enviada | Data | Enviado em | Enviada em | Data de envio | Enviado a | Em",
    to="Para | A | Destinatário | Destinatários",
    cc="Cc | Cópia | Com cópia | CC | Cópia para",
    subject="Assunto | Tema",
    other="Responder a | Responder para | Anexos | Anexo | Importância | Prioridade",
    opens="Em | No | Na | No dia | A | Às | Aos",
    wrote="escreveu | escreveram | escreveu o seguinte | escreve | escrevia",
    first_person="eu | nós | você | tu",
    original="Mensagem original | Mensagem Original | Mensagem de origem | E-mail original |"
    " Compromisso original | Mensagem anterior",
    forwarded="Mensagem encaminhada | Mensagem reencaminhada | Início da mensagem encaminhada |"
    " Início da mensagem reencaminhada | Encaminhado por | Reencaminhada por |"
    " E-mail encaminhado | Encaminhada por | Início de mensagem encaminhada |"
    " Início de mensagem reencaminhada | Mensagem repassada | Começo da mensagem encaminhada",
    reply_prefix="RE | RES | Resp",
    forward_prefix="ENC | Enc | FW | Fwd | Encam",
    sent_from="Enviado do meu | Enviado da minha | Enviado a partir | Enviado pelo |"
    " Enviado via | Enviado com | Enviado de meu | Enviado de minha | Obter o Outlook |"
    " Obter Outlook | Enviado do | Enviado da | Baixe o Outlook | Enviada do meu |"
    " Enviado através | Enviado do Email",
    closing="Atenciosamente | Cumprimentos | Com os melhores cumprimentos |"
    " Melhores cumprimentos | Att | Abraços | Abraço | Saudações | Cordialmente |"
    " Respeitosamente | Abs | Atte | Os melhores cumprimentos | Cpts | Cmpts | Um abraço |"
    " Forte abraço | Saudações cordiais | Beijos | Com cumprimentos | Fico à disposição |"
    " Sem mais | Desde já agradeço | Cordiais saudações | Bjs",
    auto_label="Resposta automática",
    away="Fora do escritório | Ausência temporária | Ausente | Ausência | Férias |"
    " Ausência do escritório | Confirmação de recebimento | Recebemos o seu | Recebemos sua |"
    " De férias",
    away_body="fora do escritório | de férias | em férias | resposta automática | ausente |"
    " no meu regresso | estarei de volta | retorno no dia | mensagem automática |"
    " gerado automaticamente | gerada automaticamente | não responda a este |"
    " não responda a esta | licença maternidade | recebemos sua",
    undelivered="Não é possível entregar | Não entregue | Não foi possível entregar |"
    " Falha na entrega | Mensagem não entregue | Falha de entrega | Não entregável |"
    " Erro de entrega | Mensagem devolvida | E-mail não entregue | Não pôde ser entregue |"
    " Devolução de mensagem | Não Entregue",
    unsubscribe="cancelar inscrição | descadastrar | cancelar a subscrição",
    marker="acima desta linha",
    thanks="Obrigado | Obrigada | Muito obrigado | Muito obrigada | Grato | Grata",
)

CATALAN: Final = Language(
    "ca",
    from_="De | Remitent",
    sent="Enviat | Data | Enviat el | Enviat el dia",
    to="Per a | A | Per | Destinatari",
    cc="Cc | A/c | Còpia",
    subject="Assumpte | Tema",
    opens="El | El dia | En data",
    wrote="va escriure | ha escrit | escriu | escrigué",
    first_person="jo | nosaltres",
    original="Missatge original | Missatge d'origen",
    forwarded="Missatge reenviat | Inici del missatge reenviat | Missatge redirigit | Reenviat per",
    reply_prefix="RE | Re",
    forward_prefix="RV | Fwd",
    sent_from="Enviat des | Enviat amb | Enviat del meu | Obtenir Outlook",
    closing="Salutacions | Cordialment | Atentament | Salutacions cordials | Una salutació |"
    " Salut | Records | Una abraçada | Ben cordialment",
    auto_label="Resposta automàtica",
    away="Fora de l'oficina | Absent | Vacances",
    away_body="fora de l'oficina | de vacances | resposta automàtica | a la meva tornada",
    undelivered="No s'ha pogut lliurar | No lliurat | Error de lliurament",
)

GALICIAN: Final = Language(
    "gl",
    from_="De | Remitente",
    sent="Enviado | Data | Enviado o",
    to="Para | A",
    cc="Cc | Copia",
    subject="Asunto",
    opens="O día | En",
    wrote="escribiu | escribiu o seguinte",
    original="Mensaxe orixinal",
    forwarded="Mensaxe reenviada | Inicio da mensaxe reenviada",
    sent_from="Enviado desde o meu | Enviado dende",
    closing="Saúdos | Un saúdo | Atentamente | Apertas",
    auto_label="Resposta automática",
    away="Fóra da oficina",
    undelivered="Non se puido entregar",
)

ROMANIAN: Final = Language(
    "ro",
    from_="De la | De | Din partea | Expeditor | Expeditorul | Trimis de",
    sent="Trimis | Data | Trimis la | Dată | Trimis pe",
    to="Către | Catre | La | Pentru | Destinatar | Destinatarul",
    cc="Cc | CC | Copie | Copie la",
    subject="Subiect | Subiectul",
    other="Răspuns către | Atașamente | Importanță",
    opens="În | In | Pe | La | Pe data de | În data de | În ziua",
    wrote="a scris | a scris următoarele | scria",
    first_person="eu | am | noi",
    original="Mesaj original | Mesajul original | Mesaj inițial | Mesaj original de la",
    forwarded="Mesaj redirecționat | Mesaj redirecţionat | Începutul mesajului redirecționat |"
    " Mesaj transmis mai departe | Mesaj înaintat | Începe mesajul redirecționat |"
    " Mesaj retrimis | Redirecționat de | Forwardat de | Mesaj transmis",
    reply_prefix="RE | Re | Răsp | Rasp | Ha",
    forward_prefix="Redir | Redir. | FW | Red | Fwd",
    sent_from="Trimis de pe | Trimis din | Trimis cu | Trimis prin | Obțineți Outlook |"
    " Trimis de la | Obține Outlook",
    closing="Cu stimă | Cu stima | Cu respect | O zi bună | Toate cele bune | Cu drag |"
    " Numai bine | Salutări | Cu considerație | Mulțumesc și o zi bună | Cu prietenie |"
    " Cu cele mai bune gânduri | Cu deosebită considerație",
    auto_label="Răspuns automat",
    away="Absent | În concediu | Plecat din birou | Absență | Concediu | În afara biroului",
    away_body="în concediu | in concediu | răspuns automat | nu sunt la birou |"
    " plecat din birou | mesaj automat | la întoarcere | generat automat",
    undelivered="Nu se poate livra | Nelivrat | Nelivrabil | Nu a putut fi livrat |"
    " Livrare eșuată | Imposibil de livrat",
    unsubscribe="dezabonare | dezabonați",
    thanks="Mulțumesc | Vă mulțumesc",
)

TABLES: Final = (FRENCH, ITALIAN, SPANISH, PORTUGUESE, CATALAN, GALICIAN, ROMANIAN)
