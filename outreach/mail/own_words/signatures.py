"""What stands under a mail and was not written for this answer: signatures, mobile footers, legal notices."""

from __future__ import annotations

import re

_DELIMITER = re.compile(r"[-_,=+~#*—–―ᐧ‐‑•·\s]+$")
_LONE = {"—", "–", "―", "ᐧ"}
# "-- " and its like announce a signature and nothing else; other rules may divide somebody's own words.
_CERTAIN = re.compile(r"(?:--|—|–|―|__|ᐧ|– –|-- --)$")
# "-Ann Abela" alone in a paragraph.
_DASH_NAME = re.compile(r"[-–—]\s?[^\W\d_a-z][^\W\d_]*(?:[ .-]{1,2}[^\W\d_a-z][^\W\d_]*\.?){0,2}$")

_SENT = "|".join((
    # en
    r"(?:sent|posted) (?:from|via|with|by|using) .{2,80}",
    r"\S{1,30} from mobile|from my .{1,20}|(?:get|download) (?:outlook|yahoo mail|the .{1,20} app) for .{2,40}",
    # fr, es, pt, it, ca, ro
    r"(?:message |e-?mail )?envoy[ée]e? (?:depuis|de|d'|à partir d[eu']|via|avec|par) ?.{2,60}",
    r"(?:t[ée]l[ée]charge[rz]|obte(?:nir|nez)) outlook pour .{2,40}|provenance ?: ?courrier pour .{2,40}",
    r"enviad[oa] (?:desde|con|a trav[ée]s de|mediante|do|da|a partir d[oae]|pelo|pela|via|com|de) .{2,60}",
    r"(?:obtener|obtén|descargar|obter o|baixar o|transferir o) outlook (?:para|p/) .{2,40}",
    r"inviato (?:da|dal|dall'|con|tramite|mediante|via) ?.{2,60}|(?:scarica|ottieni) outlook per .{2,40}",
    r"enviat (?:des d|amb).{2,50}|trimis (?:de pe|din|cu|de la) .{2,50}|obțineți outlook pentru .{2,40}",
    # de, nl, af
    r"(?:diese nachricht wurde )?von (?:meinem|meiner|unterwegs|mein|einem|my) ?.{0,60} ?(?:gesendet"
    r"|verschickt|versandt)",
    r"diese nachricht wurde (?:von|mit) .{2,80} (?:gesendet|verschickt)\.?",
    r"(?:von unterwegs )?gesendet (?:von|mit|über|via|aus|vom) .{2,80}"
    r"|outlook für .{2,20} (?:beziehen|herunterladen)",
    r"holen sie sich outlook für .{2,30}"
    r"|(?:verzonden|verstuurd|gestuurd|gestuur) (?:vanaf|vanuit|met|via|van|door|uit) .{2,60}",
    r"(?:download|krijg) outlook voor .{2,30}|outlook voor .{2,20} (?:downloaden|ophalen|verkrijgen)"
    r"|kry outlook vir .{2,30}",
    # da, no, sv, fi, is
    r"sendt (?:fra|via|med|från) .{2,60}|(?:hent|få|skaff deg|last ned) outlook (?:til|for) .{2,30}",
    r"(?:skickat|skickades|sänt) (?:från|via|med|ifrån) .{2,60}|från min .{2,30}"
    r"|(?:hämta|skaffa) outlook för .{2,30}",
    r"lähetetty .{2,60}|hanki outlook .{2,40}|sent úr .{2,40}",
    # pl, cs, sk, hu, sl, hr
    r"wysłan[eoya] (?:z|ze|za pomocą|przy użyciu|przez) .{2,60}|(?:pobierz|uzyskaj) .{0,20}outlook.{2,40}",
    r"(?:odesl[áa]no|odosl[áa]n[ée]|posl[áa]no|zasl[áa]no|poslato) (?:z|ze|zo|pomocí|iz|s|sa"
    r"|prostřednictvím) .{2,60}",
    r"(?:získat|získejte|získať|stáhnout) outlook .{2,40}",
    # ru, uk, bg, el, tr
    r"отправлен[оа]? (?:с|со|из|через|от|при помощи) .{2,60}|надіслано (?:з|із|зі|через) .{2,60}"
    r"|изпратено от .{2,40}",
    r"(?:скачать|загрузить|получить|завантажити) outlook .{2,40}|пересылка с .{2,40}",
    r"(?:στάλθηκε|εστάλη|αποστολή) από .{2,50}|.{0,30}outlook.{0,20} (?:edinin|indirin)",
    # vi, id, he, ar
    r"(?:đã )?(?:được )?gửi từ .{2,50}|dikirim (?:dari|melalui|menggunakan) .{2,50}|נשלח מ.{2,40}"
    r"|(?:أُ?رسلت?|مرسل) من .{2,40}",
))  # fmt: skip
# These end or begin too freely: they count only where a device or a mail program is named.
_LOOSE = "|".join((
    r".{1,40}(?:から|より|で)送信(?:しました|されました)?。?|.{0,20}outlook.{0,20}(?:入手|取得|ダウンロード).{0,6}",
    r"(?:发送自|發送自|发自|發自|来自|來自|从|從)(?:我的)? ?.{1,40}|(?:获取|取得) ?outlook.{2,30}|.{1,20}版邮件发送",
    r"(?:나의|내|저의)? ?.{1,30}에서 (?:보냄|보낸 메일|보냈습니다|발송|전송됨?).{0,6}|.{0,10}outlook.{0,10} 다운로드",
    r".{2,40}(?:dan|den|tan|ten) gönderildi\.?|.{2,40}(?:ről|ról|ből|ból|vel|val|mon|men) küldve|küldve .{2,40}",
))  # fmt: skip
_SENT_FROM = re.compile(rf"[\s(<\[*_~-]{{0,6}}(?:{_SENT})[\s)>\]*_.]{{0,6}}$", re.IGNORECASE)
_LOOSELY_SENT = re.compile(rf"[\s(<\[*_~-]{{0,6}}(?:{_LOOSE})[\s)>\]*_.]{{0,6}}$", re.IGNORECASE)
_LINK = re.compile(r"<[^<>\s]{1,400}>|\(https?://[^\s()]{1,400}\)|https?://\S{1,400}")
_MARKDOWN = re.compile(r"\[([^\[\]]{1,120})\]\([^()\s]{1,400}\)")
_SENTENCE = re.compile(r"[,;!?]\s|[.:]\s+\S")
_DEVICE = re.compile(
    r"i(?:phone|pad|pod)|phone|mobile?|mobil|handy|cell|tablet|galaxy|android|blackberry|samsung|huawei"
    r"|xiaomi|nokia|sony"
    r"|windows|outlook|mail\b|telefon|téléphone|teléfono|telefone|telefono|smartphone|device|portable|puhel"
    r"|телефон|手机|手機|携帯|スマートフォン|휴대|邮|郵|メール",
    re.IGNORECASE,
)
SENT_LENGTH = 140

_NOTICE = re.compile(
    r"[\s*_]*+(?:(?:confidentiality|legal|privacy|important|privileged|disclaimer)\s?(?:notice|note"
    r"|statement|information)?\s?[:\-–]"
    r"|disclaimer\b|this (?:e-?mail|message|communication|electronic)[^.]{0,120}(?:confidential|privileged|intended)"
    r"|the (?:information|contents?|content) (?:contained |transmitted )?(?:in|of) this (?:e-?mail|message"
    r"|communication)"
    r"|(?:diese|die in dieser) (?:e-?mail|nachricht)[^.]{0,120}vertraulich"
    r"|ce (?:message|courriel|mail|courrier)[^.]{0,140}(?:confidentiel|destin)"
    r"|este (?:mensaje|correo|e-?mail|mensagem)[^.]{0,140}(?:confidencia|destinatari)"
    r"|esta mensagem[^.]{0,140}confidencia"
    r"|aviso (?:legal|de confidencialidad)|le informazioni contenute in quest"
    r"|questo messaggio[^.]{0,140}(?:riservat|confidenzial)"
    r"|dit (?:bericht|e-?mail)[^.]{0,140}(?:vertrouwelijk|bestemd)"
    r"|denne (?:e-?mail|meddelelse|e-post)[^.]{0,140}fortroli"
    r"|you (?:received|are receiving) this (?:message|e-?mail) because|to unsubscribe\b|unsubscribe ?:"
    r"|---? ?\breply to this"
    r"|(?:please )?consider the environment before print|think before you print|p please consider)",
    re.IGNORECASE,
)
_BANNER = re.compile(
    r"[\s*_\[(]*+(?:caution|warning|external(?: e-?mail| sender)?|attention|vorsicht"
    r"|achtung)\b[\s*_\])]*+[:!\-–.]?.{0,60}"
    r"(?:external|outside|extern|originat|organi[sz]ation|absender)",
    re.IGNORECASE,
)


def delimiter(line: str) -> bool:
    """A line of nothing but marks: the "-- " above a signature, or a rule."""
    bare = line.strip()
    return bool(_DELIMITER.match(bare)) and (len(bare) > 1 or bare in _LONE) and bool(bare.strip("•·,# "))


def announces_signature(line: str) -> bool:
    """A delimiter that is used above signatures only."""
    return bool(_CERTAIN.match(line.strip()))


def dash_name(line: str) -> bool:
    """A name after a dash, as some sign."""
    return bool(_DASH_NAME.match(line))


def sent_from(line: str) -> bool:
    """What mail programs put under a mail by themselves: "Sent from my iPhone" and its like."""
    if len(line) > SENT_LENGTH * 4:
        return False
    words = _LINK.sub("", _MARKDOWN.sub(r"\1", line)).strip()
    if len(words) > SENT_LENGTH:
        return False
    if not _SENT_FROM.match(words):
        return bool(_LOOSELY_SENT.match(words)) and bool(_DEVICE.search(words))
    sentence = _SENTENCE.search(words)
    return sentence is None or bool(_DEVICE.search(words, 0, sentence.start()))


def legal_notice(line: str) -> bool:
    """How the legal notice under a mail begins."""
    return bool(_NOTICE.match(line[:400]))


def banner(line: str) -> bool:
    """The warning a mail system puts above mail from outside."""
    return bool(_BANNER.match(line[:300]))
