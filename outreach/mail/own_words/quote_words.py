"""What mail programs of many languages put around a quoted mail. Words only; how they are read is told elsewhere."""

# How "wrote" ends or divides the line above a quoted mail.
WROTE = "|".join((
    r"wrote|writes|said|says|schreef|het volgende geschreven|geschreven|geskryf|skryf",
    r"schrieben sie|schrieb|geschrieben|schreibt|skrev|skreiv|kirjoitti|kirjoittanut",
    r"nous a dit|a\s+[ée]crit|[ée]crit|escribi[óo]|escreveu|ha\s+scritto|scrisse|va escriure|a scris|escribiu",
    r"napisała?\s?\(a\)|napisała?|pisze|nadesłał\(?a?\)?|napsala?\s?\(a\)|napsala?|píše|napísala?\(a\)|napísala?",
    r"je napisa[ol]a?|napisa[ol]a?|написала?\(а\)|написал[аи]?|пишет|писала?|написа[вл]а?|пише|напиша",
    r"şunları yazdı|şunu yazdı|yazdı|ezt írta|írta|έγραψε|kirjutas|rašė|rakstīja|menulis|đã viết|viết",
    r"のメッセージ|さんは書きました|は書きました|が書きました|写道|寫道|写到"
    r"|님이\s?작성(?:하였습니다|했습니다)?|작성|님이 쓴 글",
    r"כתב/?ה?|كتب",
))  # fmt: skip

# The same where they end the line; quick to ask of every line.
WROTE_ENDS = (
    "wrote", "writes", "said", "says", "schreef", "geschreven", "geskryf", "skryf", "schrieben sie", "schrieb",
    "geschrieben", "schreibt", "skrev", "skreiv", "kirjoitti", "kirjoittanut", "a dit", "écrit", "ecrit",
    "escribió", "escribio", "escribiu", "escreveu", "scritto", "scrisse", "escriure", "a scris", "napisał(a",
    "napisał", "napisała", "pisze", "nadesłał", "nadesłał(a", "napsal(a", "napsal", "napsala", "píše",
    "napísal(a", "napísal", "napísala", "napisao", "napisala", "napisal", "написал(а", "написал", "написала",
    "написали", "пишет", "писал", "написав", "написала", "пише", "написа", "напиша", "yazdı", "írta", "έγραψε",
    "kirjutas", "rašė", "rakstīja", "menulis", "viết", "のメッセージ", "のメール", "書きました", "写道",
    "寫道", "写到", "작성",
    "작성하였습니다", "작성했습니다", "쓴 글", "כתב", "כתבה", "כתב/ה", "كتب",
)  # fmt: skip

# How such a line begins, where it does not begin with the date.
STARTS = "|".join(
    (
        r"on|at|in message|le|el|il|in data|il giorno|em|no dia|a|am|op|den|på|d\.|dne|dňa|dnia|w dniu|w dn\.",
        r"pe|în|na|в|у|στις|vào|pada(?: tanggal)?|el día|lúc|ai|ke|ti|to|la|su|ma|kl\.|tarih|在|于|於|em data de",
    )
)

# A quoted or forwarded mail is announced with these words, alone on a line or between two rules.
FORWARD_WORDS = "|".join(
    (
        r"original (?:message|mail|email|appointment)|reply message|forwarded (?:message|mail|email|by .{1,60})",
        r"begin forwarded message|start of forwarded message|message original|message d.origine"
        r"|message transf[ée]r[ée]",
        r"d[ée]but du message (?:transf[ée]r[ée]|réexpédié)|e-?mail d.origine|courriel original",
        r"urspr(?:ü|ue)ngliche (?:nachricht|mail|e-mail)|original-?nachricht|weitergeleitete (?:nachricht|mail)",
        r"anfang der weitergeleiteten (?:nachricht|e-mail)|antwort nachricht|originalnachricht",
        r"mensaje (?:original|reenviado)|inicio del mensaje reenviado|comienzo del mensaje reenviado",
        r"mensagem (?:original|encaminhada|reencaminhada)|in[íi]cio da mensagem (?:reencaminhada|encaminhada)",
        r"messaggio (?:originale|inoltrato)|inizio messaggio inoltrato|inizio del messaggio inoltrato",
        r"oorspronkelijk(?:e)? (?:bericht|e-mail|mail)|doorgestuurd bericht|begin doorgestuurd bericht",
        r"oorspronklike boodskap|aangestuurde boodskap",
        r"oprindelig (?:meddelelse|besked|mail)|videresendt (?:meddelelse|besked)|start på videresendt besked",
        r"opprinnelig (?:melding|e-post)|videresendt melding|start på videresendt melding",
        r"ursprungligt (?:meddelande|mail)|originalmeddelande|vidarebefordrat (?:meddelande|mejl|brev)",
        r"alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość",
        r"(?:treść )?przekazan[ae]j? wiadomoś[ćc]i?|původní (?:zpráva|e-mail)|přeposlaná zpráva|pôvodná správa",
        r"исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригинальное сообщение"
        r"|вихідне повідомлення",
        r"özgün ileti|orijinal (?:mesaj|ileti)|yönlendirilmiş ileti|eredeti üzenet|továbbított (?:üzenet|levél)",
        r"mesaj original|mesaj redirecționat|αρχικό μήνυμα|προωθημένο μήνυμα|thư gốc|pesan asli",
        r"原始邮件|原始郵件|转发的邮件|轉寄郵件|转发邮件信息|原邮件|元のメッセージ"
        r"|転送されたメッセージ|オリジナル ?メッセージ",
        r"원본 메일|원본 메시지|원본메시지|전달된 메일|전달된 메시지|original-mail",
    )
)

# The fields above a mail quoted in the way of Outlook, by what they say.
FIELDS = {
    "from": r"from|von|de la|de|da|van|fra|från|od|от кого|от|від|lähettäjä|feladó|από|kimden|gönderen|gonderen"
    r"|差出人|送信元|发件人|寄件者|寄件人|發件人|보낸\s?사람|보낸이|expéditeur|remitente|remetente|mittente|afzender"
    r"|absender|avsender|afsender|avsändare|nadawca|odes[ií]latel|odosielateľ|pošiljatelj|dari|từ|מאת|من",
    "date": r"date|sent|gesendet(?: am)?|datum|envoy[ée](?: le)?|enviado(?: (?:el|em))?|enviada(?: em)?"
    r"|enviados|fecha"
    r"|data(?: invio| wysłania)?|inviato(?: il)?|verzonden|verstuurd|gestuur|sendt|dato|skickat|skickades|wysłano"
    r"|odesláno|odoslané|отправлено|отправлен|дата|надіслано|lähetetty|päiväys|päivämäärä|küldve|elküldve|dátum"
    r"|trimis|στάλθηκε|ημερομηνία|gönderildi|gönderme tarihi|tarih|送信日時|日時|日付|发送时间|发送日期|日期|寄件日期"
    r"|傳送時間|傳送日期|時間|时间|보낸\s?날짜|날짜|message du|received|poslano|poslato|dikirim|ngày|изпратено",
    "to": r"to|an|à|a|para|aan|til|till|do|komu|кому|vastaanottaja|címzett|către|προς|kime|alıcı|宛先|收件人|收件者"
    r"|받는\s?사람|destinataires?|destinatario|destinatário|pour|empfänger|modtager|mottaker|adresat|kepada|đến|naar",
    "subject": r"subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|emne|ämne|temat|předmět|predmet|тема"
    r"|aihe|tárgy|subiect|θέμα|konu|件名|主题|主旨|主題|標題|제목|objekt|teema|perihal|chủ đề|onderwerp|נושא",
    "other": r"b?cc|cci|cco|ccn|kopie(?: \(cc\))?|copie(?: à)?|copia|cópia|kopia|kopi|dw|копия|másolat"
    r"|másolatot kap|抄送"
    r"|副本|참조|reply-to|répondre à|antwort an|beantwoorden - aan|risposta|responder a|organi[sz]ation|importance"
    r"|wichtigkeit|prioridad|prioridade|priority|priorität|attachments?|anlagen?|pièces? jointes?|bijlagen?",
}
