"""How vendors write names and descriptions: the noise that a matcher has to see through."""

import random

from tests.simulators.catalogue.articles import Article

# What a vendor's page may hold and a careful reader must take out.
HOSTILE = (
    '<script>document.title="taken"</script>',
    '<img src="x" onerror="document.title=1">',
    '<p style="position:fixed;inset:0;background:#fff">Session over, sign in again</p>',
    '<iframe src="https://frames.example/inside"></iframe>',
    '<a href="javascript:document.title=1">read more</a>',
    '<svg onload="document.title=1"><circle r="9"/></svg>',
    '<form action="https://forms.example/"><input name="password"></form>',
    '<table onclick="document.title=1"><tr><td>Calm</td></tr></table>',
    "<style>body{display:none}</style>",
)
_OPENINGS = (
    "{line} from {brand} is made for everyday use.",
    "A clean {line}, made in small lots by {brand}.",
    "{brand} makes this {line} without gluten, soy or artificial colours.*",
    "Each {unit} brings a measured amount of {line}.",
)
_MIDDLES = (
    "It is third-party tested for purity and strength.",
    "Suitable for people who avoid dairy & eggs.",
    "May help support a normal, healthy balance.*",
    "Store in a cool, dry place; do not use if the seal is broken.",
)
_DISCLAIMER = (
    "<p><sup>*</sup>These words were not reviewed by any authority. This made-up product treats "
    "and cures nothing.</p>"
)


def title(article: Article) -> str:
    """The plain name: line, flavour, strength."""
    return " ".join(
        part for part in (article.line.name, article.flavour, article.strength_label) if part
    )


def respelled(rng: random.Random, text: str) -> str:
    """`text` with one or two of the usual differences between two shops' clerks."""
    changes = [
        lambda t: t.replace("Vitamin", "Vit."),
        lambda t: t.replace("5,000", "5000").replace("1,000", "1000").replace("2,000", "2000"),
        lambda t: t.replace(" mg", "mg").replace(" mcg", "mcg"),
        lambda t: t.replace("&", "and").replace("-", " "),
        lambda t: t.upper(),
        lambda t: t.replace(" ", "  ", 1),
        lambda t: t.replace("Açaí", "Acai").replace("Crème Brûlée", "Creme Brulee"),
    ]
    for change in rng.sample(changes, 2):
        text = change(text)
    return text


def marked(rng: random.Random, text: str) -> str:
    """Sometimes a ® or ™ behind the first word or the whole name."""
    draw = rng.random()
    if draw < 0.25:
        return text + "™"
    if draw < 0.4:
        first, _, rest = text.partition(" ")
        return f"{first}® {rest}" if rest else f"{first}®"
    return text


def prose(article: Article, rng: random.Random) -> str:
    """A short HTML description; one in nine is empty, one in eight is hostile."""
    if rng.random() < 1 / 9:
        return ""
    words = {
        "line": article.line.name,
        "brand": article.brand.name,
        "unit": article.form.one,
    }
    paragraphs = [
        rng.choice(_OPENINGS).format(**words),
        " ".join(rng.sample(_MIDDLES, rng.choice((1, 2, 3)))),
    ]
    html = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    if rng.random() < 1 / 3:
        html += "<ul><li><strong>Vegan</strong> friendly</li><li>No <em>added</em> sugar</li></ul>"
    if rng.random() < 1 / 8:
        html += rng.choice(HOSTILE)
    return html + _DISCLAIMER
