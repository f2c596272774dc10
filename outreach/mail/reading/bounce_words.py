"""What mail servers write when they cannot deliver, by what it means. Compared with the text in small letters.

Servers hold to their own wording for decades, so these are collected by server, not by grammar. Each group is looked
for anywhere in the words; the patterns allow a few words between.
"""

from __future__ import annotations

import re

from outreach.mail.reading.phrases import phrases

NO_USER = phrases(
    """
    user unknown | unknown user | unknown or illegal | unknown recipient | recipient unknown | recipients unknown
    | unknown mailbox | mailbox unknown | unknown local part | unknown local-part | unknown address | address unknown
    | addressee unknown | unknown account | account unknown | unknown email | unknown e-mail | unknown to
    | invalid user | user invalid | invalid recipient | recipient invalid | invalid mailbox | mailbox invalid
    | invalid addressee | invalid final delivery userid | not a valid mailbox | not a valid user
    | not a valid recipient | not a valid email | not a valid address | bad destination mailbox address | bad address
    | invalid address | address invalid | marked as invalid | not in directory | not in my validrcptto
    | has left the company | has left the organi | no such mail drop | account unavailable | account is unavailable
    | non-local user | there is no one at | mailbox unavailable or not local | recipnotfound | recipient not found
    | recipientnotfound | name is not recognized | no mailbox here | no mailbox by that name | no mailbox found
    | no account by that name | no user by that name | there is no user | no valid recipient | not our customer
    | not a customer | not listed in | not exactly match | not a known user | not a registered | not a local user
    | no matches to nameserver query | does not have a final | unrouteable address | unroutable address
    | undeliverable address | isn't in my list of | non-existent user | nonexistent user | non-existent mailbox
    | nonexistent mailbox | non-existing user | wrong or no longer valid | no longer valid | no longer in use
    | no longer exists | no longer available at this | 5.4.1 recipient address rejected: access denied
    | unbekannter empfänger | empfänger unbekannt | empfaenger unbekannt | benutzer unbekannt | unbekannter benutzer
    | adresse existiert nicht | postfach existiert nicht | existiert nicht | nicht gefunden werden
    | wurde nicht gefunden | empfänger nicht finden | adresse nicht finden | kein konto | utilisateur inconnu
    | destinataire inconnu | adresse inconnue | inconnu à cette adresse | non recensé | n'existe pas | introuvable
    | n'a pas été trouvé | usuario desconocido | destinatario desconocido | usuario no existe | usuario inexistente
    | cuenta inexistente | no existe | no se encontró | no se ha encontrado | usuário desconhecido
    | destinatário desconhecido | usuário inexistente | não existe | nao existe | não foi encontrad
    | utente sconosciuto | destinatario sconosciuto | indirizzo inesistente | non esiste | onbekende gebruiker
    | bestaat niet | ukendt bruger | findes ikke | finns inte | finnes ikke | inte att hitta e-postadressen
    | nieznany użytkownik | nie istnieje | neexistuje | bilinmeyen kullanıcı | bulunamadı | nem létezik | δεν υπάρχει
    | не найден | нет такого пользователя | такого пользователя | не существует | несуществующ
    | неизвестный получатель | 不存在 | 没有该用户 | 無此使用者 | 找不到收件人 | 找不到电子邮件地址 | 找不到您输入的
    | 存在しません | 見つかりません | 宛先不明 | 존재하지 않
    | 찾을 수 없
    """
)
# A few words may stand between.
NO_USER_PATTERN = re.compile(
    r"no such (?:[^\s.]{1,80} ){0,3}(?:user|mailbox|recipient|address|addressee|account|person|e-?mail|name|id|alias)"
    r"|(?:user|mailbox|recipient|account|address|alias|addressee|destination|person|e-?mail|name)\S{0,12}"
    r"(?: [^\s]{1,80}){0,4} (?:(?:does not|doesn't|do not|did not) exist|(?:not|isn't) (?:found|known|exist)"
    r"|(?:is|are|was) (?:unknown|invalid|not (?:found|known|valid|recogni[sz]ed))"
    r"|(?:couldn't|could not|cannot|can't) be found|wasn't found)"
    r"|(?:doesn't|does not|don't|do not) have (?:an?|any) (?:\S{1,80} ){0,2}(?:account|mailbox)"
    r"|(?:not|nor) (?:a )?(?:valid|known|registered) (?:\S{1,60} ){0,2}(?:user|mailbox|recipient|address|account)"
    r"|(?:user|recipient|mailbox|account) \S{1,80} unknown"
    r"|unknown (?:\S{1,60} ){1,2}(?:user|recipient|address|account|mailbox)"
    r"|not (?:found|listed|known) (?:in|at|by) "
)
DISABLED = phrases(
    """
    account has been disabled | account disabled | account is disabled | account that you tried to reach is disabled
    | is disabled | mailbox disabled | mailbox is disabled | user disabled | user is disabled | recipient is disabled
    | disabled or discontinued | has been discontinued | account has been closed | account closed | account is closed
    | account has been deleted | account deleted | mailbox deleted | account has been terminated
    | account has been deactivated | account deactivated | account has been cancel | account expired
    | account has expired | mailbox expired | account is inactive | account inactive | mailbox is inactive
    | mailbox inactive | user is inactive | user inactive | inactive user | inactive account | no longer active
    | no longer accepts mail | no longer employed | no longer works | no longer with | no longer on server
    | account suspended | account has been suspended | mailbox has been suspended | konto deaktiviert
    | postfach deaktiviert | konto wurde gesperrt | compte désactivé | compte fermé | cuenta desactivada
    | cuenta deshabilitada | conta desativada | conta desabilitada | account disattivato | заблокирован за неактив
    | ящик отключен | ящик заблокирован | 帐号已停用 | 帳號已停用 | 邮箱已停用 | 無効になって
    """
)
NO_HOST = phrases(
    """
    host unknown | unknown host | host not found | unknown domain | domain unknown | unrouteable mail domain
    | unrouteable domain | domain not found | domain name not found | domain does not exist | domain doesn't exist
    | domain couldn't be found | domain could not be found | domain is not valid | invalid domain | no such domain
    | non-existent domain | nonexistent domain | non-existent host | nxdomain | no such host | no mx or a | no a or mx
    | bad destination system | no mail exchanger | no mail hosts for | domain has no mail | couldn't find any host
    | does not accept mail (nullmx) | null mx | nullmx | domäne nicht gefunden | domain existiert nicht
    | domaine introuvable | domaine n'existe pas | dominio no existe | domínio não existe | домен не найден
    | домен не существует | 域名不存在 | 域名无效 | ドメインが存在しません | ドメインが見つかりません
    """
)
MOVED = phrases(
    """
    has moved to | user has moved | mailbox has moved | please forward to the following address | user not local
    """
)
