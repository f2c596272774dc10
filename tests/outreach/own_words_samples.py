"""How mail programs of many languages introduce, head and sign a mail; all people and mails in it are invented."""

from __future__ import annotations

# Language: what somebody wrote, and the lines programs put above the quoted mail.
INTRODUCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "en": (
        "I loved it, thank you.\nMore by her, if you have it.\n\nBest regards,\nAnna",
        (
            "On Mon, Mar 3, 2025 at 2:05 PM Iris Abela <iris@library.example> wrote:",
            "On Mar 3, 2025, at 14:05, Iris Abela <iris@library.example> wrote:",
            "On Monday, March 3, 2025, 02:05:11 PM GMT+1, Iris Abela <iris@library.example> wrote:",
            "On 3/3/25 14:05, Iris Abela wrote:",
            "Iris Abela <iris@library.example> wrote on 3 March 2025 at 14:05:",
            "---- On Mon, 03 Mar 2025 14:05:11 +0100 Iris Abela <iris@library.example> wrote ----",
            "In message <abc@library.example>, Iris Abela writes:",
            "2025-03-03 14:05 GMT+01:00 Iris Abela <iris@library.example>:",
            "Mar 3, 2025, 14:05 by iris@library.example:",
            "-----Original Message-----",
            "Begin forwarded message:",
            "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
        ),
    ),
    "de": (
        "Danke, es war großartig.\n\nViele Grüße\nAnna",
        (
            "Am 03.03.2025 um 14:05 schrieb Iris Abela <iris@library.example>:",
            "Am Mo., 3. März 2025 um 14:05 Uhr schrieb Iris Abela <iris@library.example>:",
            "Iris Abela <iris@library.example> schrieb am Mo., 3. März 2025, 14:05:",
            "Iris Abela <iris@library.example> hat am 03.03.2025 14:05 CET geschrieben:",
            "-----Ursprüngliche Nachricht-----",
        ),
    ),
    "fr": (
        "Merci, je l'ai adoré.\n\nBonne journée,\nAnna",
        (
            "Le lun. 3 mars 2025 à 14:05, Iris Abela <iris@library.example> a écrit :",
            "Le 03/03/2025 à 14:05, Iris Abela a écrit :",
            "-------- Message d'origine --------",
            "Début du message transféré :",
        ),
    ),
    "es": (
        "Gracias, me encantó.\n\nUn saludo,\nAna",
        (
            "El lun, 3 mar 2025 a las 14:05, Iris Abela (<iris@library.example>) escribió:",
            "El lunes, 3 de marzo de 2025, Iris Abela <iris@library.example> escribió:",
            "-------- Mensaje original --------",
        ),
    ),
    "pt": (
        "Obrigada, adorei.\n\nAbraço,\nAna",
        (
            "Em seg., 3 de mar. de 2025 às 14:05, Iris Abela <iris@library.example> escreveu:",
            "Em 03/03/2025 14:05, Iris Abela escreveu:",
            "-----Mensagem original-----",
        ),
    ),
    "it": (
        "Grazie, mi è piaciuto.\n\nCordiali saluti,\nAnna",
        (
            "Il giorno lun 3 mar 2025 alle ore 14:05 Iris Abela <iris@library.example> ha scritto:",
            "In data 3 marzo 2025 14:05:11 Iris Abela <iris@library.example> ha scritto:",
            "-----Messaggio originale-----",
        ),
    ),
    "nl": (
        "Bedankt, ik vond het prachtig.\n\nGroeten,\nAnna",
        (
            "Op ma 3 mrt 2025 om 14:05 schreef Iris Abela <iris@library.example>:",
            "Op 3 mrt. 2025, om 14:05 heeft Iris Abela <iris@library.example> het volgende geschreven:",
            "-----Oorspronkelijk bericht-----",
        ),
    ),
    "af": (
        "Dankie, dit was pragtig.\n\nGroete,\nAnna",
        (
            "Op Ma. 3 Mrt. 2025 om 14:05 het Iris Abela <iris@library.example> geskryf:",
            "-----Oorspronklike boodskap-----",
        ),
    ),
    "pl": (
        "Dziękuję, bardzo mi się podobała.\n\nPozdrawiam,\nAnna",
        (
            "pon., 3 mar 2025 o 14:05 Iris Abela <iris@library.example> napisał(a):",
            "W dniu 3.03.2025 o 14:05, Iris Abela pisze:",
            "Dnia 3 marca 2025 14:05 Iris Abela <iris@library.example> napisał(a):",
        ),
    ),
    "da": (
        "Tak, den var god.\n\nVenlig hilsen\nAnna",
        (
            "Den man. 3. mar. 2025 kl. 14.05 skrev Iris Abela <iris@library.example>:",
            "-----Oprindelig meddelelse-----",
        ),
    ),
    "no": (
        "Takk, den var fin.\n\nHilsen\nAnna",
        (
            "man. 3. mar. 2025 kl. 14:05 skrev Iris Abela <iris@library.example>:",
            "På mandag 03. mars 2025 kl. 14:05:11, skrev Iris Abela <iris@library.example>:",
        ),
    ),
    "sv": (
        "Tack, den var bra.\n\nMvh\nAnna",
        (
            "Den mån 3 mars 2025 kl 14:05 skrev Iris Abela <iris@library.example>:",
            "3 mars 2025 kl. 14:05 skrev Iris Abela <iris@library.example>:",
        ),
    ),
    "fi": (
        "Kiitos, pidin siitä.\n\nTerveisin\nAnna",
        (
            "ma 3. maalisk. 2025 klo 14.05 Iris Abela (iris@library.example) kirjoitti:",
            "-----Alkuperäinen viesti-----",
        ),
    ),
    "cs": (
        "Děkuji, moc se mi líbila.\n\nS pozdravem\nAnna",
        (
            "po 3. 3. 2025 v 14:05 odesílatel Iris Abela <iris@library.example> napsal:",
            "Dne 03. 03. 25 v 14:05 Iris Abela napsal(a):",
        ),
    ),
    "hu": (
        "Köszönöm, nagyon tetszett.\n\nAnna",
        (
            "Iris Abela <iris@library.example> ezt írta (időpont: 2025. márc. 3., H, 14:05):",
            "2025. 03. 03. 14:05 keltezéssel, Iris Abela írta:",
        ),
    ),
    "ru": (
        "Спасибо, мне очень понравилось.\n\nАнна",
        (
            "пн, 3 мар. 2025 г. в 14:05, Iris Abela <iris@library.example>:",
            "3 марта 2025 г., в 14:05, Iris Abela <iris@library.example> написал(а):",
            "Понедельник, 3 марта 2025, 14:05 +03:00 от Iris Abela <iris@library.example>:",
            '03.03.2025, 14:05, "Iris Abela" <iris@library.example>:',
        ),
    ),
    "tr": (
        "Teşekkürler, çok beğendim.\n\nAnna",
        ("Iris Abela <iris@library.example>, 3 Mar 2025 Pzt, 14:05 tarihinde şunu yazdı:", "-----Özgün İleti-----"),
    ),
    "ja": (
        "ありがとうございます。とても面白かったです。\n\n以上、よろしくお願いいたします",
        (
            "2025年3月3日(月) 14:05 Iris Abela <iris@library.example>:",
            "2025/03/03 14:05、Iris Abela <iris@library.example>のメール:",
        ),
    ),
    "zh": (
        "谢谢，我很喜欢这本书。\n\n安娜",
        (
            "Iris Abela <iris@library.example> 于2025年3月3日周一 14:05写道：",  # noqa: RUF001 (the colon of Chinese mail)
            '在 2025-03-03 14:05:11，"Iris Abela" <iris@library.example> 写道：',  # noqa: RUF001 (the colon of Chinese mail)
            "------------------ 原始邮件 ------------------",
        ),
    ),
    "ko": (
        "감사합니다. 정말 재미있었어요.\n\n안나 드림",
        (
            "2025년 3월 3일 (월) 오후 2:05, Iris Abela <iris@library.example>님이 작성:",
            "2025. 3. 3. 오후 2:05, Iris Abela <iris@library.example> 작성:",
        ),
    ),
}

# The fields above a mail that is quoted in the way of Outlook.
BLOCKS = (
    "From: Iris <iris@library.example>\nSent: Monday, March 3, 2025 2:05 PM\nTo: Anna\nSubject: Your books",
    "*From:* Iris <iris@library.example>\n*Sent:* Monday, March 3, 2025 2:05 PM\n*To:* Anna\n*Subject:* Your books",
    "________________________________\nFrom: Iris <iris@library.example>\nSent: Monday\nTo: Anna\nSubject: Books",
    "From: Iris Abela\n<iris@library.example>\nDate: Monday, 3 March 2025\nTo: Anna <a@x.example>,\nBob <b@x.example>",
    "Von: Iris\nGesendet: Montag, 3. März 2025 14:05\nAn: Anna\nBetreff: Bücher",
    "De : Iris\nEnvoyé : lundi 3 mars 2025 14:05\nÀ : Anna\nObjet : Livres",
    "De: Iris\nEnviado: lunes, 3 de marzo de 2025 14:05\nPara: Anna\nAsunto: Libros",
    "De: Iris\nEnviada em: segunda-feira, 3 de março de 2025 14:05\nPara: Anna\nAssunto: Livros",
    "Da: Iris\nInviato: lunedì 3 marzo 2025 14:05\nA: Anna\nOggetto: Libri",
    "Van: Iris\nVerzonden: maandag 3 maart 2025 14:05\nAan: Anna\nOnderwerp: Boeken",
    "Van: Iris\nGestuur: Maandag 3 Maart 2025\nAan: Anna\nOnderwerp: Boeke",
    "Fra: Iris\nSendt: 3. marts 2025 14:05\nTil: Anna\nEmne: Bøger",
    "Från: Iris\nSkickat: den 3 mars 2025 14:05\nTill: Anna\nÄmne: Böcker",
    "Od: Iris\nWysłano: poniedziałek, 3 marca 2025 14:05\nDo: Anna\nTemat: Książki",
    "Od: Iris\nOdesláno: pondělí 3. března 2025 14:05\nKomu: Anna\nPředmět: Knihy",
    "От: Iris\nОтправлено: 3 марта 2025 г. 14:05\nКому: Anna\nТема: Книги",
    "Lähettäjä: Iris\nLähetetty: maanantai 3. maaliskuuta 2025\nVastaanottaja: Anna\nAihe: Kirjat",
    "Kimden: Iris\nGönderildi: 3 Mart 2025 Pazartesi 14:05\nKime: Anna\nKonu: Kitap",
    "差出人: Iris\n送信日時: 2025年3月3日 14:05\n宛先: Anna\n件名: 本",
    "发件人: Iris\n发送时间: 2025年3月3日 14:05\n收件人: Anna\n主题: 书",
    "보낸 사람: Iris\n보낸 날짜: 2025년 3월 3일\n받는 사람: Anna\n제목: 책",
)

# What programs put under a mail by themselves.
SENT_FROM = (
    *(
        "Sent from my iPhone",
        "Sent from Mail for Windows",
        "Get Outlook for iOS<https://aka.ms/x>",
        "(Sent from mobile device)",
    ),
    *(
        "Sent from my cell, please excuse any typos.",
        "Envoyé de mon iPhone",
        "Télécharger Outlook pour iOS<https://aka.ms/x>",
    ),
    *(
        "Von meinem iPhone gesendet",
        "Gesendet mit der GMX Mail App",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
    ),
    *(
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Gestuur vanaf my iPhone",
        "Sendt fra min iPhone",
        "Lähetetty iPhonesta",
    ),
    *(
        "Skickat från min iPhone",
        "Hämta Outlook för iOS",
        "Wysłane z iPhone'a",
        "Odesláno z iPhonu",
        "Отправлено с iPhone",
    ),
    *("iPhone'umdan gönderildi", "Az iPhone készülékemről küldve", "iPhoneから送信", "Androidスマートフォンから送信"),
    *("发自我的 iPhone", "從我的 iPhone 傳送", "나의 iPhone에서 보냄", "Enviado a partir do meu smartphone"),
)
NOT_SENT_FROM = (
    *(
        "Sent from my desk, which is much slower than my phone.",
        "Von meinem Sohn habe ich das Buch.",
        "Enviado el libro",
    ),
    *(
        "Kitap dün gönderildi.",
        "来自北京的读者",
        "From my point of view it was great, really.",
        "Je vous ai envoyé le livre.",
    ),
)
