"""Rows of labels that are easily misread, and what a person reads in them."""

from decimal import Decimal

from catalog.facts_panel import Ingredient


def table(*rows: str) -> str:
    cells = ("".join(f"<td>{cell}</td>" for cell in row.split("|")) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def one(name, amount=None, unit="", percent=None, **more) -> Ingredient:
    numbers = [None if number is None else Decimal(number) for number in (amount, percent)]
    return Ingredient(name=name, amount=numbers[0], unit=unit, daily_value=numbers[1], **more)


HARD = {
    table("Vitamin C (as ascorbic acid)|1,000.5 mg*|1,112%"): [
        one("Vitamin C", "1000.5", "mg", "1112", form="as ascorbic acid")
    ],
    table("Vitamin D3|25 mcg (1,000 IU)|125%"): [
        one("Vitamin D3", 25, "mcg", 125, also="1,000 IU")
    ],
    table("Vitamin A|5,000 IU|100%"): [one("Vitamin A", 5000, "IU", 100)],
    table("Folate (as L-5-MTHF)|680 µg DFE|170%†"): [
        one("Folate", 680, "mcg DFE", 170, form="as L-5-MTHF")
    ],
    table("L. acidophilus (DDS-1)|5 Billion CFU|**"): [
        one("L. acidophilus (DDS-1)", 5, "billion CFU")
    ],
    table("Protease|20,000 HUT|"): [one("Protease", 20000, "HUT")],
    table("Dietary fiber|&lt;1 g|&lt;1%"): [one("Dietary fiber", also="<1 g")],
    table("Total sugars|less than 0.5 g|"): [one("Total sugars", also="less than 0.5 g")],
    table("Caffeine|80–100 mg|"): [one("Caffeine", also="80–100 mg")],
    table("Potassium|2,5 mg|"): [],
    table("Calcium|500|50%"): [],
    table("Calories|10|"): [one("Calories", 10, "calories")],
    table("Iron||2%"): [one("Iron", percent=2)],
    table("Zinc|5 mg|10 mg"): [],
    table("Zinc|5 mg|10%|20%"): [],
    table("Zinc 15 mg 136%"): [one("Zinc", 15, "mg", 136)],
    table("Vitamin B-12 500 mcg"): [one("Vitamin B-12", 500, "mcg")],
    table("Zinc|15 mg (136% DV)"): [one("Zinc", 15, "mg", 136)],
    table("Magnesium [as magnesium glycinate (TRAACS®)] | 100 mg|24%"): [
        one("Magnesium", 100, "mg", 24, form="as magnesium glycinate (TRAACS®)")
    ],
    table("Vit C<br>Zinc|60 mg<br>15 mg|67%<br>136%"): [
        one("Vit C", 60, "mg", 67),
        one("Zinc", 15, "mg", 136),
    ],
    table("Vitamin C<br>(as sodium ascorbate)|60 mg|67%"): [
        one("Vitamin C", 60, "mg", 67, form="as sodium ascorbate")
    ],
    table("Proprietary Blend: Oat, Corn (stalk, leaf), Rice|3 g|*"): [
        one("Proprietary Blend", 3, "g"),
        one("Oat", blend="Proprietary Blend"),
        one("Corn (stalk, leaf)", blend="Proprietary Blend"),
        one("Rice", blend="Proprietary Blend"),
    ],
    table(
        "Calm Blend|500 mg|†",
        "Kava, valerian (root), and hops||†",
        "Cocoa, natural||",
        "Zinc|5 mg|45%",
    ): [
        one("Calm Blend", 500, "mg"),
        one("Kava", blend="Calm Blend"),
        one("valerian (root)", blend="Calm Blend"),
        one("hops", blend="Calm Blend"),
        one("Cocoa, natural", blend="Calm Blend"),
        one("Zinc", 5, "mg", 45),
    ],
    table("Big Blend|500 mg", "&nbsp;&nbsp;Small Blend|200 mg", "&nbsp;&nbsp;&nbsp;&nbsp;Kava|"): [
        one("Big Blend", 500, "mg"),
        one("Small Blend", 200, "mg", blend="Big Blend"),
        one("Kava", blend="Small Blend"),
    ],
    table("Total Carbohydrate|2 g", "&nbsp;&nbsp;Dietary Fiber|1 g"): [
        one("Total Carbohydrate", 2, "g"),
        one("Dietary Fiber", 1, "g"),
    ],
    "<ul><li>Big Matrix: 300 mg<ul><li>Guarana</li><li>Tea</li></ul></li><li>Zinc 5 mg</li></ul>": [
        one("Big Matrix", 300, "mg"),
        one("Guarana", blend="Big Matrix"),
        one("Tea", blend="Big Matrix"),
        one("Zinc", 5, "mg"),
    ],
    "Supplement Facts\nZinc (as zinc citrate) ....... 15 mg  136%\n  Iron\t5mg": [
        one("Zinc", 15, "mg", 136, form="as zinc citrate"),
        one("Iron", 5, "mg"),
    ],
    "<td>Zinc<td>5 mg<td>45%": [one("Zinc", 5, "mg", 45)],
    table("Supplement Facts", "Zinc|5 mg") + table("Supplement Facts", "Iron|8 mg"): [
        one("Zinc", 5, "mg"),
        one("Iron", 8, "mg"),
    ],
    "<p>Each capsule contains 500 mg</p>": [],
    "<p>Take 500 mg daily with 8 oz water</p>": [],
    "<p>Vitamin A 5 mg 10 mg</p>": [],
    "<p>Omega 3 500 mg</p>": [],
    "<p>5 mg</p>": [],
}

# What is said, what it contains, what it is free of, whether that was all understood.
STATEMENTS = [
    ("Contains: milk, soybeans.", ("milk", "soy"), (), True),
    ("Allergen information: contains fish (anchovy) and wheat", ("fish", "wheat"), (), True),
    ("Contains no wheat, gluten, soy or dairy.", (), ("milk", "wheat", "soy", "gluten"), True),
    ("Free from egg, peanuts and tree nuts", (), ("egg", "tree nuts", "peanut"), True),
    ("Gluten-free, Non-GMO", (), ("gluten",), True),
    ("Contains no colors; no milk, eggs. Contains soy.", ("soy",), ("milk", "egg"), True),
    ("May contain milk.", (), (), False),
    ("Contains no milk except lactose", (), (), False),
    ("Made in a nut-free and gluten-free facility", (), (), False),
    ("Not gluten free", (), (), False),
    ("Contains milk thistle", (), (), False),
    ("Contains coconut milk", (), (), False),
    ("Nut free", (), (), False),
]
