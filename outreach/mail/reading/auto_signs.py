"""How programs that answer for people head their mails and begin them, by language. Compared in small letters.

A subject like these alone proves nothing: people write about holidays too.
"""

from __future__ import annotations

from outreach.mail.reading.phrases import phrases

# Mail programs put these before the subject they answer, with a colon; no person does.
PREFIXES = phrases(
    """
    automatic reply | auto reply | auto-reply | autoreply | auto response | auto-response | autoresponse
    | automated reply | automated response | automatic response | out of office | out of office autoreply
    | out of office reply | out-of-office | automatische antwort | autom. antwort | automatische rückantwort
    | abwesenheitsnotiz | abwesenheitsbenachrichtigung | réponse automatique | reponse automatique | absence du bureau
    | message d'absence | respuesta automática | respuesta automatica | fuera de la oficina | ausente de la oficina
    | resposta automática | resposta automatica | fora do escritório | ausência temporária | risposta automatica
    | fuori sede | fuori ufficio | automatisch antwoord | automatische reactie | afwezig | afwezigheidsbericht
    | outomatiese antwoord | autosvar | automatisk svar | automatiskt svar | ikke til stede | fraværsmelding
    | frånvaromeddelande | automaattinen vastaus | poissaoloviesti | odpowiedź automatyczna | automatyczna odpowiedź
    | autoodpowiedź | nieobecność w biurze | automatická odpověď | automatická odpoveď | mimo kancelář
    | automatikus válasz | házon kívül | răspuns automat | otomatik yanıt | ofis dışında | αυτόματη απάντηση
    | εκτός γραφείου | автоматический ответ | автоответ | нет на месте | автоматична відповідь | автоматичен отговор
    | automātiskā atbilde | automatiska atbilde | automātiska atbilde | automatinis atsakymas | automaatvastus
    | respostes automàtiques | resposta automàtica | 自动答复 | 自动回复 | 自動回覆 | 自動回復 | 自动应答 | 不在办公室
    | 自動応答 | 自動返信 | 不在通知
    | 자동 회신 | 자동 응답 | 부재 중 | الرد التلقائي | رد تلقائي | מענה אוטומטי | tự động trả lời | balasan otomatis
    | ตอบกลับอัตโนมัติ
    """
)
# Weaker: part of a subject about being away, or about a mail having come in.
SUBJECTS = PREFIXES + phrases(
    """
    is out of the office | out of the office | away from the office | away from my mail | away from email
    | on vacation | vacation reply | on holiday | on leave | annual leave | maternity leave | parental leave
    | i am away | i'm away | we received your | we have received your | thank you for contacting
    | ticket received | ist nicht im büro | nicht im haus
    | bin im urlaub | im urlaub | außer haus | abwesend | abwesenheit | en vacances | en congé | en congés
    | absent du bureau | absente du bureau | de vacaciones | estoy de vacaciones | ausencia | de férias | em férias
    | ausente | in ferie | assenza | op vakantie | met vakantie | afwezigheid | met verlof | på semester | på ferie
    | lomalla | na urlopie | urlop | na dovolené | szabadság | izinde | в отпуске | отпуск | у відпустці | atvaļinājum
    | 休假 | 度假 | 外出 | 休暇 | 휴가 | في إجازة | בחופשה
    """
)
BODIES = phrases(
    """
    out of the office | out of office | out-of-office | away from the office | away from my desk
    | away from my email | on annual leave | on vacation | on holiday | on maternity leave | on parental leave
    | limited access to e | no access to e | automated response | automatic response | automated reply
    | automatic reply | auto-reply | autoreply | do not reply to this | will respond to your message when
    | will reply when i return | upon my return | when i return | has been received | we have received your
    | received your message | received your email | get back to you as soon as | nicht im büro | nicht im hause
    | im urlaub | abwesend | nicht erreichbar | außer haus | automatisch generiert | automatische antwort
    | wieder erreichbar | absent du bureau | absente du bureau | je suis absent | actuellement absent | en congé
    | en vacances | réponse automatique | message automatique | de retour le | fuera de la oficina | de vacaciones
    | estaré ausente | estoy ausente | respuesta automática | gracias por contactar | hemos recibido su
    | fora do escritório | estou de férias | estarei ausente | estou ausente | resposta automática | recebemos a sua
    | recebemos seu | fuori ufficio | fuori sede | sono in ferie | sarò assente | risposta automatica
    | niet op kantoor | niet aanwezig | afwezig | met vakantie | op vakantie | automatisch antwoord | uit die kantoor
    | met verlof | inte på kontoret | på semester | på ferie | ikke på kontoret | poissa toimistolta | lomalla
    | poza biurem | na urlopie | mimo kancelář | na dovolené | nem vagyok az irodában | szabadságon | ofis dışında
    | yıllık izin | izindeyim | εκτός γραφείου | σε άδεια | нет в офисе | нет на месте | в отпуске
    | буду отсутствовать | автоматический ответ | ваше сообщение получено | у відпустці | esmu atvaļinājum | 不在办公室
    | 休假 | 自动回复 | 自动答复 | 已收到您的 | 不在辦公室 | 自動回覆 | 不在に | 休暇 | 自動返信 | 自動応答 | 休業
    | 부재중 | 휴가 | 자동 | خارج المكتب | في إجازة
    | מחוץ למשרד | בחופשה
    """
)
# What accepts or declines an invitation.
INVITATIONS = phrases(
    """
    accepted: | declined: | tentative: | tentatively accepted: | zugesagt: | abgesagt: | abgelehnt: | accepté
    | refusé | aceptado: | rechazado: | aceite: | aceito: | recusado: | accettato: | rifiutato: | geaccepteerd:
    | geweigerd: | принято: | отклонено:
    """
)
RECEIPTS = phrases(
    """
    read: | not read: | gelesen: | lu : | lu: | leído: | lido: | letto: | gelezen: | прочитано: | 已读: | 開封済み:
    """
)
CHALLENGES = phrases(
    """
    please confirm your message | confirm your email to | verify your email to deliver
    | click the link below to have your message delivered | click here to authenticate
    | your message is waiting for your confirmation | is protected by boxbe | spamarrest | mailinblack | mail in black
    | to have your email delivered | please reply to this message to have your | approve your message
    | is using a spam filter that requires
    """
)
