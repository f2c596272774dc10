"""What demo readers and librarians say, in five languages. Everyone here is invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Voice:
    """The words of one language."""

    names: tuple[str, ...]
    whys: tuple[str, ...]
    dislike_whys: tuple[str, ...]
    wishes: tuple[str, ...]
    notes: tuple[str, ...]
    pick_whys: tuple[str, ...]
    loved: tuple[str, ...]
    not_for_me: tuple[str, ...]


ENGLISH = Voice(
    names=(
        "Iris Okafor",
        "Jo Bennett",
        "Lena Fourie",
        "Marc Dubois",
        "Ruth Abara",
        "Sam Whitlock",
        "Priya Nair",
        "Old Tom Garrick",
        "Mei",
        "Dorothy Hale",
        "Kofi Mensah",
        "Nell O'Brien",
        "Yusuf Demir",
        "Hannah Cole",
        "Bertil Strand",
        "Agnes Whyte",
        "Theo and his grandmother",
        "Wanjiru",
        "Clara Moss",
        "D. J. Pugh",
    ),
    whys=(
        "What is not said moved me.",
        "The calm, and the grandmother who swears.",
        "I laughed out loud on the bus.",
        "It felt like visiting a place I used to live in.",
        "The voice. I would follow her anywhere.",
        "Nobody in it is a hero, and I liked them all.",
    ),
    dislike_whys=("All plot, no people.", "Too much blood for me.", "I never found out why I should care.", "So long."),
    wishes=(
        "Something wise and funny for a long train ride.",
        "A book to read aloud to my father, who tires easily.",
        "I have just moved here and know nobody. A novel about friendship, perhaps.",
        "Anything with the sea in it. Not sad, this time.",
        "I used to read and stopped. Help me begin again.",
        "Surprise me, but be kind.",
        "A thick one for the winter evenings.",
    ),
    notes=(
        "A long train ride is the best library there is. These made me think of you.",
        "I enjoyed choosing for you: your words about what you liked were half the work.",
        "Here are a few books I would hand you across the desk if you were standing here.",
    ),
    pick_whys=(
        "You wrote about what is left unsaid. This one says almost nothing, and everything.",
        "Because you laughed on the bus: keep a handkerchief ready, and not for tears.",
        "It has the calm you liked, and someone in it is just as stubborn.",
        "A little outside your usual shelf, but the voice is the kind you follow anywhere.",
    ),
    loved=(
        "You read my mind.",
        "I gave it straight to my sister.",
        "I read it twice.",
        "I cried at the end. Is there more like it?",
    ),
    not_for_me=("Not my kind of people.", "I lost the thread after fifty pages.", "Too slow for me now."),
)

SPANISH = Voice(
    names=(
        "Tomás Rivera",
        "Lucía Ferrer",
        "Andrés Quispe",
        "Marisol Vega",
        "Don Ramiro",
        "Elena Puig",
        "Xochitl Reyes",
        "Joaquín Soto",
        "Pilar Ibáñez",
        "Nuria Camps",
    ),
    whys=("La voz de la narradora.", "Me reí sola en el metro.", "El pueblo es un personaje más.", "No podía dejarlo."),
    dislike_whys=("Demasiada sangre.", "Se me hizo eterno.", "Los personajes no me dijeron nada."),
    wishes=(
        "Novela negra, pero sin crueldad con animales.",
        "Algo para leer con mi hija adolescente.",
        "Un libro que huela a mar.",
        "Quiero volver a leer en español después de años fuera.",
    ),
    notes=(
        "Gracias por contarme qué le gustó y por qué: así da gusto elegir.",
        "Le propongo estos libros como si charláramos en el mostrador.",
    ),
    pick_whys=(
        "Porque le gustan los pueblos que son un personaje más.",
        "Tiene el humor que le hizo reír en el metro.",
        "Se lee en dos tardes y acompaña mucho más tiempo.",
    ),
    loved=("Lo leí de una sentada.", "Ya se lo presté a mi vecina.", "Justo lo que necesitaba."),
    not_for_me=("No entré en la historia.", "Muy triste para este momento."),
)

FRENCH = Voice(
    names=(
        "Camille Perrot",
        "Marc Delcourt",
        "Aminata Diallo",
        "Jean-Luc Morvan",
        "Sylvie Garnier",
        "Noé Lambert",
        "Odile Keller",
        "Bastien Roux",
        "Fatou Ndiaye",
        "Hélène Aubry",
    ),
    whys=(
        "Le ton, sec et tendre à la fois.",
        "J'ai ri aux larmes.",
        "On y entend la mer.",
        "Tout est dans les silences.",
    ),
    dislike_whys=("Trop de violence.", "Je me suis ennuyée.", "Une fin bâclée."),
    wishes=(
        "Un roman qui fasse rire sans être bête.",
        "Quelque chose de court, je lis dans le tram.",
        "Un livre pour retrouver le goût de lire.",
        "Un policier sans sang, à Paris de préférence.",
    ),
    notes=(
        "Merci pour vos mots : ils m'ont fait choisir autrement.",
        "Voici ce que je vous tendrais si vous étiez devant moi.",
    ),
    pick_whys=(
        "Parce que vous aimez ce qui se dit dans les silences.",
        "Il fait rire, et il n'est pas bête du tout.",
        "Court, juste, et la mer y est pour de bon.",
    ),
    loved=("Je l'ai relu aussitôt.", "Ma fille l'a pris avant que je finisse.", "Exactement mon humeur."),
    not_for_me=("Trop sombre pour moi.", "Je n'ai pas accroché au style."),
)

PORTUGUESE = Voice(
    names=(
        "Beatriz Lourenço",
        "João Cardoso",
        "Dona Lurdes",
        "Rafael Teixeira",
        "Inês Faria",
        "Mário Nhantumbo",
        "Sofia Prates",
        "Caetano Reis",
        "Amélia Couto",
        "Tiago Melo",
    ),
    whys=("A ironia fina.", "Chorei e ri na mesma página.", "O mar está sempre lá.", "A avó da história é a minha."),
    dislike_whys=("Violência a mais.", "Não acontece nada.", "Muito comprido."),
    wishes=(
        "Um livro leve para as férias.",
        "Algo sobre famílias, sem grandes tragédias.",
        "Contos, porque tenho pouco tempo.",
        "Quero conhecer autores africanos.",
    ),
    notes=(
        "Obrigada pelas suas palavras, escolhi com elas ao lado.",
        "Três livros que lhe punha na mão, se cá estivesse.",
    ),
    pick_whys=(
        "Porque gosta de ironia fina, e aqui ela é finíssima.",
        "Fala de família sem levantar a voz.",
        "Lê-se ao ritmo das ondas.",
    ),
    loved=("Não consegui parar.", "Já o ofereci a duas pessoas.", "Acertou em cheio."),
    not_for_me=("Não era a altura certa.", "Achei confuso."),
)

AFRIKAANS = Voice(
    names=(
        "Lena Fourie-Smit",
        "Pieter Botha",
        "Tannie Sarie",
        "Anele Jacobs",
        "Riaan Coetzee",
        "Marlize Nel",
        "Oupa Koos",
        "Thandi Williams",
        "Hester Vermaak",
        "Dirk Adonis",
    ),
    whys=("Die bos het asemgehaal.", "Ek het kliphard gelag.", "Die taal sing.", "Ek ken sulke mense."),
    dislike_whys=("Te veel bloed.", "Te stadig.", "Ek het niks gevoel nie."),
    wishes=(
        "Iets in Afrikaans wat nie oor 'n plaasmoord gaan nie.",
        "'n Storie vir my en my kleinkind saam.",
        "'n Spanningsverhaal, maar met hart.",
        "Iets wat my laat huis toe verlang.",
    ),
    notes=(
        "Dankie vir jou mooi woorde, dit het die kies maklik gemaak.",
        "Hierdie sou ek oor die toonbank vir jou aangee.",
    ),
    pick_whys=(
        "Omdat jy van boeke hou wat asemhaal: hierdie bos doen dit.",
        "Dit laat lag en dit het hart.",
        "Die taal sing hier ook.",
    ),
    loved=("Dit was presies reg.", "Ek het dit vir my suster gegee.", "Ek wil nog een soos dit hê."),
    not_for_me=("Nie my soort storie nie.", "Te donker vir my."),
)

VOICES = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH, "pt": PORTUGUESE, "af": AFRIKAANS}
BOOK_LANGUAGE = {"en": "eng", "es": "spa", "fr": "fre", "pt": "por", "af": "afr"}
