"""The words of mail servers when they cannot deliver. Data only; compared case-folded."""

from __future__ import annotations

from typing import Final

from postroom.mail.phrases.table import words

SYSTEM_SENDERS: Final = words(
    "mailer-daemon | mailerdaemon | mail-daemon | maildaemon | mail.daemon | postmaster |"
    " mdaemon | mailsystem | mail-system | mail.delivery.system | ndr | mailer | smtp-daemon |"
    " exchange.administrator | microsoftexchange329e71ec88ae4615bbc36ab6ce41109e | root-mailer |"
    " bounce-handler | mail-delivery | maildelivery | mailadmin | mail.administrator | smtpd |"
    " mailgateway | mta | e500_smtp_mail_service | daemon | mail_delivery_subsystem"
)
"""Local parts that a mail system writes from."""

BOUNCE_STARTS: Final = (
    "bounce-",
    "bounce+",
    "bounce_",
    "bounces-",
    "bounces+",
    "bounces_",
    "verp-",
)
BOUNCE_ENDS: Final = ("-bounces", "-bounce", "+bounces", "+bounce", "_bounces")
"""How local parts begin and end that exist for bounces alone."""

SYSTEM_NAMES: Final = words(
    "mail delivery system | mail delivery subsystem | mail router | delivery subsystem |"
    " mail delivery service | system administrator | systemadministrator | mail administrator |"
    " mailer-daemon | mailer daemon | postmaster | internet mail delivery | mail system |"
    " delivery system | microsoft exchange | mailsystem | administrateur système |"
    " administrador del sistema | amministratore di sistema | systeembeheerder | mail-system |"
    " mail service | delivery status notification | message delivery | email delivery |"
    " smtp server"
)
"""Display names that it writes under."""

FAILED: Final = words(
    "could not be delivered | couldn't be delivered | cannot be delivered | can't be delivered |"
    " can not be delivered | was not delivered | wasn't delivered | were not delivered |"
    " has not been delivered | not be delivered | not delivered | not been delivered |"
    " failure reasons | undeliverable | undelivered | unable to deliver | wasn't able to deliver |"
    " was not able to deliver | not able to deliver | unable to be delivered | failed to deliver |"
    " delivery failed | delivery has failed | delivery failure | delivery to the following |"
    " delevery to the following | delivery to these recipients | did not reach | didn't reach |"
    " could not be reached | could not reach | couldn't reach | did not receive |"
    " permanent fatal errors | fatal delivery errors | permanent error | permanent failure |"
    " returned to sender | returning message to sender | has been returned | being returned |"
    " delivery problem | non-delivery | nondelivery | non delivery | failed recipient |"
    " failed addresses | address(es) failed | address failed | addresses failed | addresses had |"
    " could not deliver | couldn't deliver | automatically rejected | was rejected |"
    " has been rejected | rejected your message | message was refused | delivery error |"
    " error occurred | error has occurred | encountered an error | could not be sent |"
    " wasn't sent | invalid final delivery | unknown user | user unknown | no valid recipients |"
    " unrouteable address | unroutable address | bounced | non-deliverable | undelivery |"
    " could not be processed | recipient address rejected | unable to relay | giving up |"
    " did not exactly match | not a valid user | no longer valid | is not valid |"
    " nicht zugestellt | unzustellbar | nicht ausgeliefert | konnte nicht | non remis |"
    " pas pu être remis | pas pu etre delivre | pas pu être délivré | pas pu être livré |"
    " n'a pas été remis | non distribué | échec de la remise | échec de remise |"
    " no se pudo entregar | no pudo ser entregado | no se ha podido entregar | no entregado |"
    " no ha podido ser entregado | non recapitabile | impossibile recapitare |"
    " non è stato recapitato | non è stato possibile | não foi entregue | não pôde ser entregue |"
    " nao pode ser enviada | não foi possível entregar | kan niet worden bezorgd |"
    " niet worden afgeleverd | niet worden bezorgd | kunde inte levereras | kunne ikke leveres |"
    " ei voitu toimittaa | nie może zostać dostarczona | nie została dostarczona |"
    " nie można dostarczyć | nebyla doručena | nelze doručit | не может быть доставлено |"
    " не было доставлено | не удалось доставить | не доставлено | не вдалося доставити |"
    " kézbesíthetetlen | teslim edilemedi | gönderilemedi | δεν ήταν δυνατή η παράδοση |"
    " 配信できません | 配信不能 | 送信できません | 配信できなかった | 无法投递 | 无法发送到 |"
    " 未能送达 | 退信 | 無法傳遞 | 无法送达 | 발송 실패 | 배달할 수 없 | 전송되지 | لم يتم تسليم |"
    " fehler bei der nachrichtenzustellung | zustellung fehlgeschlagen | nicht übermittelt |"
    " nicht zustellen | nicht erreicht | error de entrega | error en la entrega |"
    " no se ha entregado | il recapito non è riuscito | non riuscito a recapitare |"
    " mancata consegna | bezorging is mislukt | niet bestelbaar | niet afgeleverd |"
    " falha na entrega | falha ao entregar | não entregue | det gick inte att leverera |"
    " leveransen misslyckades | kunne ikke levere | leveringen mislykkedes | kan ikke leveres |"
    " toimitus epäonnistui | ei voida toimittaa | nie powiodło się | niedostarczon |"
    " se nezdařilo | se nepodařilo doručit | nedoručiteln | sa nepodarilo doručiť |"
    " doručenie zlyhalo | sikertelen kézbesítés | nem sikerült kézbesíteni | сбой доставки |"
    " ошибка доставки | помилка доставки | teslim başarısız | η παράδοση απέτυχε |"  # noqa: RUF001 - Greek
    " livrarea a eșuat | nu a putut fi livrat | isporuka nije uspjela | dostava ni uspela |"
    " 配信に失敗 | 配信されません | 无法传递 | 传递邮件 | 传递失败 | 無法傳送 | 傳遞失敗 |"
    " 배달하지 못 | 배달되지 | 发送失败 | 投递失败 | فشل التسليم | תקלה במסירת | לא נמסר"
)
"""That something was not delivered."""

UNKNOWN: Final = words(
    "user unknown | unknown user | no such user | no such recipient | no such address |"
    " no such mailbox | unknown recipient | recipient unknown | unknown address | unknown local |"
    " user not found | recipient not found | mailbox not found | address not found | not found |"
    " does not exist | doesn't exist | not exist | doesn't have a | no mailbox | no account |"
    " mailbox unavailable | not a known user | not our customer | invalid recipient |"
    " invalid address | invalid user | invalid mailbox | bad destination | user not known |"
    " unknown host | host unknown | host not found | domain not found | no such domain |"
    " does not like recipient | not listed in | is not recognized | was disabled | is disabled |"
    " been disabled | discontinued | inactive | deactivated | suspended | no longer |"
    " mailbox full | mailbox is full | mailfolder is full | full mailbox | over quota |"
    " overquota | quota exceeded | exceeded | exceeding | disk quota | quota violation |"
    " would exceed | insufficient | too large | too big | too many hops | message looping |"
    " rejected | refused | denied | blocked | blacklist | spam | relay | not accept |"
    " not accepting | timed out | timeout | expired | connection | unreachable |"
    " temporary server error | unavailable | disabled | nobody | no matches | not responding |"
    " unrouteable | not a valid | not a mailbox | benutzer unbekannt | inconnu | desconocido |"
    " non existent | nonexistent | non-existent | nie istnieje | не найден | не существует"
)
"""Why: words that stand beside an address that failed."""

DELAYED: Final = words(
    "not yet been delivered | has been delayed | have been delayed | is delayed | was delayed |"
    " been delayed | delivery delayed | message delayed | delayed mail | still being retried |"
    " will be retried | will retry | will keep trying | keep trying |"
    " delivery attempts will continue | attempts will continue | will continue to |"
    " warning message only | just a warning | only a warning | advisory-only | postponed |"
    " temporarily deferred | delivery will be attempted | no action is required on your part |"
    " do not need to resend | not necessary to resend | still trying | noch nicht zugestellt |"
    " delivery incomplete | temporarily suspended |"
    " zustellung verzögert | verzögert | retardée | retardé | aún no se ha entregado | demorado |"
    " retrasado | ritardata | não foi entregue ainda | atrasad | vertraagd | opóźni | zpožděn |"
    " задерж | отложен | 遅延 | 延迟 | 延遲 | 지연"
)
"""That it is still being tried."""

GIVEN_UP: Final = words(
    "given up | giving up | permanent | will not be retried | failed permanently |"
    " not going to try again | no further attempts | expired |"
    " was aborted | has been removed from the mail queue | did not receive"
)
"""That it is not, whatever else is said."""

COPY_BELOW: Final = words(
    "below this line is a copy | this is a copy of | copy of the message | copy of your message |"
    " copy of the original | original message follows | original message attached |"
    " original message header | original message text | original message details |"
    " original message below | message text follows | message header follows |"
    " message headers follow | message body follows | message headers | message body suppressed |"
    " unsent message | unsent message below | returned mail follows | returned mail |"
    " returned message | start of returned message | header of the original |"
    " headers of the original | header of your original | original mail follows |"
    " original headers | undelivered message | included is a copy |"
    " lines of your original message | lines of the message follow | your original message |"
    " lines of the original | mensaje original | message d'origine | ursprüngliche nachricht |"
    " originalnachricht | your message reads | summary of the undelivered |"
    " message you sent follows | the message you sent | original message as received |"
    " attachment is a copy | begin message | message follows | copia del messaggio |"
    " copie du message | kopie der nachricht | original message | forwarded message |"
    " rejected message | message log ends | copia de su mensaje | исходное сообщение |"
    " the first part of the message | message contains"
)
"""That what follows is the mail that came back."""

CONTACT: Final = words(
    "further assistance | for assistance | for help | contact | please send | system contact |"
    " reply to | questions | if you feel | if you believe | administrator | help desk | complain |"
    " generating server | report | visit | find all the addresses | locator | message-id |"
    " queue id | technical | mts-id | sent from | envelope-from | mail from | return-path |"
    " on behalf | sender: | your name | posted by | from: | a message sent by | from address |"
    " sending server | rejecting server | notification was sent"
)
"""That an address in this line is not one that failed."""
