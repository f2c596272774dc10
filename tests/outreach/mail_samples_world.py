"""Notices of absence and delivery reports in the languages of the world, with invented words."""

from __future__ import annotations

from tests.outreach.mail_samples import READER, Sample, person, plain_report

AWAY_TEXT = "I am out of the office until Monday and will answer when I return."
# A subject, and words; no header says that a program wrote it.
AWAY = {
    "en": ("Automatic reply: Three books for you", AWAY_TEXT),
    "en, old": ("Out of Office AutoReply: Three books for you", AWAY_TEXT),
    "en, notes": (
        "Iris Winter is out of the office.",
        "I will be out of the office starting 02/11/2026 and return on the 9th.",
    ),
    "de": ("Automatische Antwort: Drei Bücher für Sie", "Ich bin bis Montag nicht im Büro."),
    "de, old": ("Abwesenheitsnotiz: Drei Bücher", "Ich bin im Urlaub und ab Montag wieder erreichbar."),
    "fr": ("Réponse automatique : Trois livres", "Je suis absent du bureau jusqu'à lundi."),
    "es": ("Respuesta automática: Tres libros", "Estaré fuera de la oficina hasta el lunes."),
    "pt": ("Resposta automática: Três livros", "Estou de férias até segunda-feira."),
    "it": ("Risposta automatica: Tre libri", "Sono in ferie fino a lunedì."),
    "nl": ("Automatisch antwoord: Drie boeken", "Ik ben met vakantie tot maandag."),
    "af": ("Outomatiese antwoord: Drie boeke", "Ek is uit die kantoor tot Maandag."),
    "sv": ("Automatiskt svar: Tre böcker", "Jag är på semester till måndag."),
    "da": ("Automatisk svar: Tre bøger", "Jeg er på ferie til mandag."),
    "fi": ("Automaattinen vastaus: Kolme kirjaa", "Olen lomalla maanantaihin."),
    "pl": ("Odpowiedź automatyczna: Trzy książki", "Jestem na urlopie do poniedziałku."),
    "cs": ("Automatická odpověď: Tři knihy", "Jsem na dovolené do pondělí."),
    "hu": ("Automatikus válasz: Három könyv", "Hétfőig szabadságon vagyok."),
    "tr": ("Otomatik yanıt: Üç kitap", "Pazartesiye kadar izindeyim."),
    "ru": ("Автоматический ответ: Три книги", "Я в отпуске до понедельника."),
    "uk": ("Автоматична відповідь: Три книги", "Я у відпустці до понеділка."),
    "el": ("Αυτόματη απάντηση: Τρία βιβλία", "Είμαι εκτός γραφείου."),
    "zh": ("自动答复: 三本书", "我正在休假。"),
    "zh, tw": ("自動回覆: 三本書", "我目前不在辦公室。"),
    "ja": ("自動応答: 三冊の本", "ただいま休暇中です。"),
    "ko": ("자동 회신: 책 세 권", "휴가 중입니다."),
    "two signs, de": ("Urlaub - im Urlaub bis 9.11.", "Vielen Dank. Ich bin im Urlaub und nicht erreichbar."),
    "two signs, fr": ("Absente du bureau", "Bonjour, je suis absente du bureau, de retour le 9."),
    "two signs, en": ("On vacation", "I'm on vacation with limited access to email."),
}
# The language, whether nobody is there for good, the subject, and the words around the address.
REPORTS = [
    (
        "de",
        True,
        "Unzustellbare Nachricht",
        "Ihre Nachricht konnte nicht zugestellt werden an:",
        "Die Adresse existiert nicht.",
    ),
    (
        "de, full",
        False,
        "Unzustellbar: Drei Bücher",
        "Sie konnte nicht zugestellt werden.",
        "Das Postfach des Empfängers ist voll.",
    ),
    ("fr", True, "Non remis : Trois livres", "Votre message n'a pas pu être remis à :", "Cette adresse n'existe pas."),
    (
        "fr, full",
        False,
        "Échec de la remise",
        "Votre message n'a pas pu être remis.",
        "La boîte aux lettres est pleine.",
    ),
    ("es", True, "No se puede entregar: Tres libros", "No se pudo entregar el mensaje a:", "El usuario no existe."),
    ("es, full", False, "Mensaje no entregado", "No se pudo entregar el mensaje a:", "El buzón está lleno."),
    ("pt", True, "Não entregue: Três livros", "Não foi possível entregar a mensagem a:", "Usuário inexistente."),
    ("pt, full", False, "Falha na entrega", "Não foi possível entregar:", "A caixa de correio está cheia."),
    ("it", True, "Mancato recapito", "Impossibile recapitare il messaggio a:", "L'indirizzo non esiste."),
    ("nl", True, "Onbestelbaar: Drie boeken", "Uw bericht is niet afgeleverd bij:", "Dit adres bestaat niet."),
    ("pl", True, "Niedostarczona wiadomość", "Nie można dostarczyć wiadomości do:", "Ten adres nie istnieje."),
    ("tr", True, "Mesajınız iletilemedi", "Mesajınız teslim edilemedi:", "Adres bulunamadı."),
    ("ru", True, "Сообщение не доставлено", "Ваше письмо не может быть доставлено:", "Пользователь не найден."),
    ("ru, full", False, "Недоставленное сообщение", "Ваше письмо не может быть доставлено:", "Ящик переполнен."),
    ("zh", True, "系统退信", "您的邮件无法投递到：", "收件人邮箱不存在。"),
    ("zh, full", False, "退信通知", "您的邮件无法投递到：", "对方邮箱已满。"),
    ("ja", True, "配信不能通知", "メールを配信できませんでした。", "宛先が存在しません。"),
    ("ja, later", False, "配信遅延のお知らせ", "メールの配信が遅延しています。", "もう少しお待ちください。"),
    ("ko", True, "메일 반송", "메일이 배달되지 않았습니다.", "주소를 찾을 수 없습니다."),
]
POSTMASTER = "Postmaster <postmaster@mx.example.net>"
ABSENCES = [
    Sample(f"away, {name}", person(words, subject=subject, In_Reply_To=""), "auto_reply")
    for name, (subject, words) in AWAY.items()
]
WORLD = [
    Sample(
        f"report, {name}",
        plain_report(f"{before}\n\n{READER}\n\n{after}", sender=POSTMASTER, subject=subject),
        "bounce",
        gone,
    )
    for name, gone, subject, before, after in REPORTS
]
