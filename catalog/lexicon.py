"""Words of labels: which say nothing, and which make another product of one.

A word that stands in none of these lists is a word like any other: where only one of two
labels has it, a person is asked.
"""


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


LEGAL_FORMS = _set(
    """
    inc incorporated llc ltd limited co corp corporation company gmbh pty plc bv
    """
)
# What makers add to their names, or leave out. Two of them are two makers.
HOUSES = _set(
    """
    labs naturals nutrition nutritionals botanicals formulas health research foods vitamins
    products brands wellness supplements herbs
    """
)
FILLERS = _set(
    """
    and with the of by for a as from in per rae dfe ne
    """
)
# Said of everything, or of the shop.
NEUTRAL = _set(
    """
    supplement supplements dietary formula premium brand new natural naturally flavor
    flavored flavour flavoured vegetarian veg veggie vegetable size pack bottle nutritional
    """
)
# How a name says a form that its count is measured in otherwise.
POURED = _set(
    """
    powder powdered liquid drops tincture drink mix syrup solution
    """
)
# Each makes another product of the one without it.
TURNS = _set(
    """
    plus forte ultra max maximum extra super mega mini advanced complete basic original pro
    professional df sr xr er cr dr ir hp es xl lite light rapid fast slow timed sustained
    delayed release buffered enteric micellized liposomal lipo phytosome emulsified chelated
    methylated activated active reduced raw organic vegan iron free caffeine sugar kid kids
    child children childrens baby infant toddler teen junior jr men mens women womens male
    female adult adults senior seniors prenatal postnatal pregnancy am pm day night daytime
    nighttime morning evening sleep energy duo trio dual double triple ii iii iv one two
    """
)
FLAVOURS = _set(
    """
    vanilla chocolate cocoa mocha coffee caramel strawberry raspberry blueberry berry
    berries mixed lemon lime orange tangerine citrus grapefruit grape cherry apple peach
    mango pineapple pina colada coconut banana watermelon melon pomegranate acai mate
    tropical fruit punch passionfruit peppermint mint spearmint wintergreen cinnamon ginger
    honey maple creme brulee cream unflavored unflavoured plain bubblegum cola
    """
)
# Names so alike that one letter is no slip of the pen.
DISTINCT = _set(
    """
    citrate nitrate cysteine cystine lactase lactose maltase maltose sucrase lipase
    carnitine carnosine creatine methyl methylated folic folinic folate malate maleate
    orotate glycine glycinate retinol retinal thiamine theanine lysine leucine isoleucine
    inositol inosine choline betaine berberine barberry bayberry bilberry ribose lutein
    xylitol mannose mannitol sorbitol ferric ferrous cupric vitex vitality fish flax borage
    black white green brown multi
    """
)
ABBREVIATIONS = {
    "vit": "vitamin",
    "vits": "vitamin",
    "vitamins": "vitamin",
    "mag": "magnesium",
    "complx": "complex",
    "cplx": "complex",
    "cmplx": "complex",
    "laboratories": "labs",
    "laboratory": "labs",
    "lab": "labs",
}
