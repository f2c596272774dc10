"""What mail servers write when a later or another mail may well arrive. Compared with the text in small letters."""

from __future__ import annotations

from outreach.mail.reading.phrases import phrases

FULL = phrases(
    """
    quota | mailbox full | mailbox is full | mail box full | mail box is full | mailfolder is full | inbox is full
    | inbox full | full mailbox | mailbox too large | mailbox space | mail box space | mailbox size | mailbox limit
    | mailbox has exceeded | mailbox exceed | mailbox was full | mailbox for user is full | exceed mailbox
    | exceeded storage | exceeds storage | storage limit | storage allocation | storage space | storage exceeded
    | insufficient storage | insufficient system storage | insufficient disk | out of storage | not enough storage
    | not enough space | enough space | out of space | no space left | disk full | disk is full | disk space
    | maildir over | too much mail | too many messages | over the maximum allowed | overdrawn his disk
    | over its limit | user is over | account is over | postfach ist voll | postfach voll
    | postfach des empfängers ist voll | mailbox ist voll | speicherplatz | boîte pleine | boite pleine
    | boîte aux lettres est pleine | boîte de réception est pleine | buzón lleno | buzón está lleno
    | buzón del destinatario está lleno | está lleno | espacio insuficiente | cuota | caixa de correio cheia
    | está cheia | caixa cheia | cota | casella piena | casella è piena | postvak is vol | postvak vol | переполнен
    | превышен | 邮箱已满 | 信箱已满 | 邮箱满 | 信箱已滿 | 郵箱已滿 | 空间不足 | 空間不足 | 容量已满 | 超出配额 | 配額
    | いっぱい | 容量を超 | 容量オーバー | 용량 초과 | 가득
    """
)
TOO_LARGE = phrases(
    """
    message too large | message is too large | message too big | message is too big | message size exceeds
    | message exceeds | exceeds maximum message | exceeds fixed maximum | exceeds size limit | exceeds the maximum
    | exceeded the maximum | exceeded maximum | maximum message size | incoming message size | inbound message size
    | message size limit | size limit exceeded | nachricht ist zu groß | message trop volumineux | demasiado grande
    | muito grande | слишком больш | 邮件过大
    """
)
# It is about us, not about the reader: our address, our server, our standing.
SENDER = phrases(
    """
    sender address | envelope sender | sender rejected | sender domain | sender denied | sender verify failed
    | sender is unknown | unknown sender | invalid sender | verify sender | verifying sender | domain of sender
    | sender's domain | helo command rejected | client host rejected | cannot find your hostname
    | cannot find your reverse | reverse dns | reverse lookup | reverse hostname | ptr record | no ptr | rdns
    | resolve your | mail from domain | from domain | return address | from address | from: header
    | relay recipient restrictions
    """
)
BLOCKED = phrases(
    """
    spam | blocked | blocklist | block list | blacklist | black list | denylist | dnsbl | rbl | reputation
    | unsolicited | phish | virus | malware | dmarc | spf | dkim | unauthenticated | content rejected | banned
    """
)
POLICY = phrases(
    """
    policy | policies | prohibited | not authorized | not authorised | authentication required | not permitted
    | not allowed | not accepting mail from | does not accept mail from | only accepts mail from | access denied
    | permission denied | relay | administratively | restricted | suspicious | rejected by the recipient
    | refused by the recipient | challenge | abgelehnt | richtlinie | rechazado | rejeitad | refusé | отклонен | 拒收
    | 拒绝
    """
)
LATER = phrases(
    """
    try again later | try later | not found, try again | try again in | retry later | come back later | greylist
    | graylist | grey list | gray list | temporar | temp_failure | deferred | too many connections
    | too many recipients | too many invalid | rate limit | receiving mail at a rate | receiving mail too quickly
    | too fast | throttl | server busy | service unavailable, try | später erneut | vorübergehend | plus tard
    | temporaire | más tarde | mais tarde | позже | временно | 稍后 | 暂时 | しばらく | 一時的
    """
)
UNREACHED = phrases(
    """
    timed out | timeout | time out | connection refused | connection dropped | connection was dropped
    | connection reset | connection lost | lost connection | connection closed | connection failed
    | connection to mail exchanger failed | no route to host | network is unreachable | network unreachable
    | host unreachable | retry time | not responding | no answer | no response | did not respond | not reachable
    | unreachable | unable to connect | couldn't connect | could not connect | can't connect | cannot connect
    | could not initiate smtp | establish an smtp connection | establish a connection | unavailable or busy
    | in the queue too long | delivery time expired | message expired | has expired | maximum-time-expired
    | could not be delivered for | within the allowed queue period | delivery attempts | failed 10 attempts
    | failed 20 attempts | not been collected | name server error | dns server | tls | handshake | certificate
    | zeitüberschreitung | délai d'attente | tiempo de espera | tempo limite | время ожидания | 连接超时 | タイムアウト
    """
)
LOOPING = phrases(
    """
    loop | too many hops | hop count | too many received | mail-schleife | boucle
    """
)
BROKEN = phrases(
    """
    content | header | attachment | conversion | 8bit | 8-bit | line too long | lines longer | bare lf
    | syntax error | protocol error | bad sequence | resent-from | without to: | malformed | not rfc | command died
    | command output | system error | internal error | configuration error | processing error | unable to open
    | i/o error
    """
)
# The mail is still being tried.
DELAYED = phrases(
    """
    not yet been delivered | has been delayed | is delayed | was delayed | been delayed | has been postponed
    | delivery delayed | delayed mail | still being retried | will be retried | warning message only
    | this is a warning only | only a notification about a delay | just a warning | delivery attempts will continue
    | will continue to attempt | will continue to try | will continue trying | continue to be made | still trying
    | awaiting delivery | noch nicht zugestellt | zustellung verzögert | verzögert | pas encore été | retardé
    | retard de | todavía no se ha entregado | aún no se ha | retrasad | demorad | atrasad | ainda não foi
    | in ritardo | ritardat | vertraagd | opóźni | fördröj | forsinket | задержан | задерживается | пока не доставлено
    | 延迟 | 延遲 | 尚未送达 | 遅延 | 遅れて | 지연
    """
)
