"""What delivery reports in no standard form look like, in the languages they come in. Compared in small letters."""

from __future__ import annotations

import re

from outreach.mail.reading.phrases import phrases

# Programs that send mail on behalf of a mail server.
DAEMON = re.compile(
    r"mailer[._-]?d(?:ae|e)mon|mail[._-]?daemon|mdaemon|postmaster|post[._-]master|mail delivery|mail\.delivery"
    r"|delivery (?:sub)?system"
    r"|mail (?:system|administrator|service|router)|mailsystem|smtp_mail_service|system administrator|system attendant"
    r"|mailadm|imss|interscan|symantec|antivirus|mailgate|inetgw|mail gateway|^ndr@|^bounces?@|^daemon@|mailerdaemon"
    r"|^mail-?sys|internet mail|microsoft outlook|microsoftexchange|^autobounce"
    r"|delivery[-_.](?:notification|report|service)"
)
EXACTLY = re.compile(r"(?:mailer|mail)[._-]?(?:d(?:ae|e)mon)(?:[.\w-]{0,40})@")
SUBJECT = phrases(
    """
    undeliver | undelivered | delivery failure | delivery failed | delivery has failed | delivery fail
    | delivery status notification | delivery notification | delivery report | delivery problem | delivery error
    | delivery warning | delivery incomplete | delivery not possible | failure delivery | failure notice | failed mail
    | failed delivery | mail failed | mail error | mail failure | message failure | mail not delivered
    | message not delivered | mail delivery | mail system error | non-delivery | nondeliver | not delivered
    | could not be delivered | couldn't be delivered | returned mail | returned to sender | returned email
    | returning message | return to sender | returned message | user unknown | unknown user | message delayed
    | message has not yet been delivered | mail delayed | delayed mail | delivery delayed | delay notification
    | automatically rejected mail | rejected mail | bounced mail | processing error | error during delivery
    | nameserver error report | does not exist | unzustellbar | nicht zugestellt | nicht zustellbar
    | konnte nicht zugestellt | zustellung fehlgeschlagen | fehlgeschlagene zustellung | fehlermeldung des mailservers
    | rückmeldung über zustell | verzögert | non remis | non délivré | non distribu | n'a pas pu être
    | échec de la remise | échec de remise | échec de la distribution | échec d'envoi | remise différée | non recensé
    | no entregado | no se puede entregar | no se pudo entregar | no se ha podido entregar
    | no ha podido ser entregado | entrega fallida | error de entrega | error en la entrega | devuelto | não entregue
    | nao entregue | não foi possível entregar | não pôde ser entregue | falha na entrega | falha de entrega
    | entrega falhou | devolvid | mancato recapito | mancata consegna | non recapitabile | impossibile recapitare
    | impossibile consegnare | onbestelbaar | niet bezorgd | niet afgeleverd | kon nie afgelewer | kan ikke leveres
    | ikke leveret | ikke levert | olevererbart | kunde inte levereras | gick inte att leverera | ei voitu toimittaa
    | toimitus epäonnistui | nie można dostarczyć | niedostarczon | nedoručiteln | nepodařilo se doručit
    | teslim edilemedi | iletilemedi | kézbesíthetetlen | sikertelen kézbesítés | δεν παραδόθηκε | αποτυχία παράδοσης
    | не доставлен | недоставлен | не удалось доставить | сообщение не может быть доставлено | ошибка доставки
    | невозможно доставить | не доставлено | 退信 | 退回 | 无法投递 | 無法投遞 | 投递失败 | 投遞失敗 | 发送失败
    | 傳送失敗 | 无法送达 | 無法傳遞 | 未送达
    | 未传递 | 未能送达 | 配信不能 | 配信できません | 配信に失敗 | 送信エラー | 送信できません | 配送エラー
    | 配送できません | 未配達 | 未配信 | エラーメール | メール送信失敗 | 배달되지
    | 전송 실패 | 반송 | 배달 실패
    """
)
BODY = phrases(
    """
    could not be delivered | couldn't be delivered | cannot be delivered | can not be delivered | not be delivered
    | was not delivered | not delivered to | has not been delivered | not yet been delivered | been delayed
    | has been postponed | unable to deliver | able to deliver | wasn't able to deliver | not able to deliver
    | undeliverable | undelivered | delivery failed | delivery has failed | delivery to the following
    | delivery of email to this address | delivery failure | did not reach the following | did not reach some or all
    | could not deliver | being returned | returned to you | returned to sender | mail is returned
    | message was not accepted | failed recipient | fatal errors | delivery problems | delivery errors | user unknown
    | unknown user | no such user | invalid final delivery | rejected your message | was automatically rejected
    | was rejected by | wasn't delivered | mailbox is full | not accepting mail from | did not exactly match
    | nicht zugestellt | nicht zustellbar | unzustellbar | nicht ausgeliefert | n'a pas pu | n'a pu être | non remis
    | échec de la remise | pas été remis | no se puede entregar | no se pudo entregar | no se ha podido entregar
    | no pudo ser entregado | no ha podido ser entregado | no se entregó | não foi possível entregar
    | não pôde ser entregue | nao pode ser | não foi entregue | non è stato possibile recapitare
    | non è stato consegnato | impossibile recapitare | niet worden bezorgd | niet afgeleverd | kunne ikke leveres
    | kunde inte levereras | gick inte att leverera | ei voitu toimittaa | nie można dostarczyć
    | nie została dostarczona | nepodařilo doručit | teslim edilemedi | iletilemedi | nem sikerült kézbesíteni
    | δεν ήταν δυνατή η παράδοση | не может быть доставлен | не было доставлено | не удалось доставить | не доставлено
    | невозможно доставить | 无法投递 | 無法投遞 | 无法送达 | 无法发送到 | 投递失败 | 未能送达 | 退回 | 無法傳遞
    | 配信できません | 配信できなかった | 配信に失敗
    | 配送できません | 届けることができません | 送信できません | 전송하지 못했 | 배달되지
    """
)
# Only a machine writes so.
MACHINE = phrases(
    """
    created automatically by mail delivery | automatically generated delivery | automatically generated by
    | generated automatically | this is the mail system | this is the postfix | qmail-send | this is a permanent error
    | permanent fatal errors | permanent delivery failure | transcript of session | session transcript
    | diagnostic-code | final-recipient | rcpt to | smtp error | remote host said | remote server
    | the error that the other server returned | technical details of | generating server | non-delivery report
    | warning message only | delivery attempts will continue | delivery attempts | message from interscan
    | mail delivery software | msexch: | (reason:
    """
)
