"""What the market sells: one line for each substance or blend.

Amounts are per unit (capsule, serving, millilitre). Daily values are those printed on
American labels for adults, in the line's own unit; None where there is none.
"""

from dataclasses import dataclass

BLEND = "blend"


@dataclass(frozen=True, eq=False)
class Line:
    """`strengths` are amounts in `unit`; `labels` overrides how one is printed (IU)."""

    name: str
    substance: str
    unit: str
    strengths: tuple[float, ...]
    forms: tuple[str, ...]
    category: str
    daily_value: float | None = None
    labels: dict | None = None
    flavours: tuple[str, ...] = ()
    parts: tuple = ()  # (substance, amount, unit, daily value) beside the first

    def strength_label(self, amount: float) -> str:
        """How the amount is printed in a name: `30 mg`, `5,000 IU`."""
        return self.labels[amount] if self.labels else f"{amount:,g} {self.unit}"


_CAP = ("capsule",)
_CAP_TAB = ("capsule", "tablet")
_FRUIT = ("Vanilla", "Chocolate", "Mixed Berry", "Piña Colada", "Crème Brûlée")
_LIGHT = ("Lemon", "Orange", "Peppermint", "Mixed Berry", "Açaí Maté")
_IU = {25: "1,000 IU", 50: "2,000 IU", 125: "5,000 IU", 250: "10,000 IU"}
_CFU = {10: "10 Billion CFU", 25: "25 Billion CFU", 50: "50 Billion CFU", 100: "100 Billion CFU"}

_BONE, _IMMUNE, _NERVE = "Bone Health Support", "Immune System Support", "Neurologic & Cognitive"
_SLEEP, _HEART, _GUT = "Relaxation & Sleep", "Cardiovascular Support", "Gastrointestinal Support"
_MULTI, _ANTIOX, _DETOX = "Multivitamins & Minerals", "Antioxidant Activity", "Detoxification"
_SUGAR, _ADRENAL, _SPORT = "Blood Sugar Support", "Adrenal Support", "Sports Nutrition"

LINES = (
    Line(
        "Vitamin D3",
        "Vitamin D3 (as cholecalciferol)",
        "mcg",
        (25, 50, 125, 250),
        ("softgel", "capsule"),
        _BONE,
        20,
        labels=_IU,
    ),
    Line("Vitamin C", "Vitamin C (as ascorbic acid)", "mg", (500, 1000), _CAP_TAB, _IMMUNE, 90),
    Line(
        "Vitamin B12 Methyl",
        "Vitamin B12 (as methylcobalamin)",
        "mcg",
        (1000, 5000),
        ("lozenge", "capsule"),
        _NERVE,
        2.4,
        flavours=("Cherry",),
    ),
    Line("Folate 5-MTHF", "Folate", "mcg DFE", (400, 1000), _CAP, _NERVE, 400),
    Line(
        "Vitamin B6 P-5-P",
        "Vitamin B6 (as pyridoxal 5′-phosphate)",
        "mg",
        (25, 50),
        _CAP,
        _NERVE,
        1.7,
    ),
    Line("Niacinamide", "Niacin (as niacinamide)", "mg", (250, 500), _CAP_TAB, _MULTI, 16),
    Line("Biotin", "Biotin", "mcg", (1000, 5000), _CAP, _MULTI, 30),
    Line(
        "Vitamin K2 MK-7",
        "Vitamin K2 (as menaquinone-7)",
        "mcg",
        (90, 180),
        ("capsule", "softgel"),
        _BONE,
        120,
    ),
    Line(
        "Vitamin E Complete",
        "Vitamin E (as d-alpha tocopherol)",
        "mg",
        (134, 268),
        ("softgel",),
        _ANTIOX,
        15,
    ),
    Line(
        "Vitamin A Micellized",
        "Vitamin A (as retinyl palmitate)",
        "mcg RAE",
        (1500, 3000),
        ("softgel", "liquid"),
        _IMMUNE,
        900,
    ),
    Line(
        "Magnesium Glycinate",
        "Magnesium (as bisglycinate)",
        "mg",
        (100, 120, 200),
        _CAP_TAB,
        _SLEEP,
        420,
    ),
    Line(
        "Magnesium Citrate",
        "Magnesium (as citrate)",
        "mg",
        (150, 300),
        ("capsule", "powder"),
        _GUT,
        420,
        flavours=_LIGHT,
    ),
    Line("Zinc Picolinate", "Zinc (as picolinate)", "mg", (15, 30, 50), _CAP_TAB, _IMMUNE, 11),
    Line("Selenium", "Selenium (as selenomethionine)", "mcg", (100, 200), _CAP, _ANTIOX, 55),
    Line("Iron Bisglycinate", "Iron (as bisglycinate)", "mg", (18, 25, 36), _CAP_TAB, _MULTI, 18),
    Line("Calcium Hydroxyapatite", "Calcium", "mg", (250, 500), _CAP_TAB, _BONE, 1300),
    Line("Chromium", "Chromium (as picolinate)", "mcg", (200, 500), _CAP, _SUGAR, 35),
    Line(
        "Iodine",
        "Iodine (as potassium iodide)",
        "mcg",
        (150, 225),
        ("capsule", "liquid"),
        "Thyroid Support",
        150,
    ),
    Line(
        "Omega-3 Fish Oil",
        "Omega-3 fatty acids",
        "mg",
        (640, 1000, 1280),
        ("softgel", "liquid"),
        "Essential Fatty Acids",
        flavours=("Lemon", "Orange"),
        parts=(("EPA", 0.6, "mg", None), ("DHA", 0.4, "mg", None)),
    ),
    Line("CoQ10 Ubiquinol", "Coenzyme Q10 (as ubiquinol)", "mg", (100, 200), ("softgel",), _HEART),
    Line("Alpha-Lipoic Acid", "Alpha-lipoic acid", "mg", (300, 600), _CAP_TAB, _SUGAR),
    Line("N-Acetyl Cysteine", "N-acetyl-L-cysteine", "mg", (600, 900), _CAP_TAB, _DETOX),
    Line("Glutathione Reduced", "L-glutathione", "mg", (250, 500), ("capsule", "liquid"), _DETOX),
    Line("Quercetin", "Quercetin", "mg", (250, 500), _CAP, _IMMUNE),
    Line(
        "Curcumin Complex",
        "Turmeric root extract",
        "mg",
        (250, 500),
        ("capsule", "softgel"),
        "Joint & Muscle Support",
    ),
    Line("Berberine HCl", "Berberine hydrochloride", "mg", (400, 500), _CAP, _SUGAR),
    Line(
        "Ashwagandha Root",
        "Ashwagandha root extract",
        "mg",
        (300, 600),
        ("capsule", "gummy"),
        _ADRENAL,
    ),
    Line("Rhodiola Rosea", "Rhodiola root extract", "mg", (200, 500), _CAP, _ADRENAL),
    Line("L-Theanine", "L-theanine", "mg", (100, 200), ("capsule", "gummy"), _SLEEP),
    Line("Melatonin", "Melatonin", "mg", (1, 3, 5), ("tablet", "lozenge", "liquid"), _SLEEP),
    Line("Milk Thistle", "Milk thistle seed extract", "mg", (150, 250), _CAP, "Liver Support"),
    Line(
        "Probiotic Spectrum",
        "Probiotic strains",
        "billion CFU",
        (10, 25, 50, 100),
        _CAP,
        "Probiotics",
        labels=_CFU,
        parts=(
            ("Lactobacillus acidophilus", 0.5, "billion CFU", None),
            ("Bifidobacterium lactis", 0.5, "billion CFU", None),
        ),
    ),
    Line(
        "Collagen Peptides",
        "Hydrolyzed collagen",
        "g",
        (10, 20),
        ("powder",),
        "Joint & Muscle Support",
        flavours=_FRUIT,
    ),
    Line("Pea Protein", "Protein", "g", (20, 24), ("powder",), _SPORT, 50, flavours=_FRUIT),
    Line("Creatine Monohydrate", "Creatine monohydrate", "g", (3, 5), ("powder",), _SPORT),
    Line("L-Glutamine", "L-glutamine", "g", (3, 5), ("powder",), _GUT),
    Line("Myo-Inositol", "Myo-inositol", "mg", (500, 2000), ("capsule", "powder"), "Female Health"),
    Line("5-HTP", "5-hydroxytryptophan", "mg", (50, 100), _CAP, _NERVE),
    Line("SAMe", "S-adenosyl-L-methionine", "mg", (200, 400), ("tablet",), _NERVE),
    Line(
        "Saw Palmetto", "Saw palmetto berry extract", "mg", (160, 320), ("softgel",), "Male Health"
    ),
    Line(
        "Electrolyte Mix",
        "Potassium",
        "mg",
        (200, 400),
        ("powder",),
        _SPORT,
        4700,
        flavours=_LIGHT,
        parts=(("Sodium", 1.5, "mg", 2300), ("Chloride", 1.2, "mg", 2300)),
    ),
    Line(
        "Digestive Enzymes",
        BLEND,
        "mg",
        (350, 500),
        _CAP,
        _GUT,
        parts=(
            ("Protease", 0, "", None),
            ("Lipase", 0, "", None),
            ("Amylase", 0, "", None),
            ("Lactase", 0, "", None),
        ),
    ),
    Line(
        "Adrenal Complex",
        BLEND,
        "mg",
        (400, 750),
        _CAP_TAB,
        _ADRENAL,
        parts=(
            ("Licorice root", 0, "", None),
            ("Eleuthero root", 0, "", None),
            ("Schisandra berry", 0, "", None),
        ),
    ),
    Line(
        "Night Calm Blend",
        BLEND,
        "mg",
        (300, 600),
        ("capsule", "liquid"),
        _SLEEP,
        parts=(
            ("Lemon balm leaf", 0, "", None),
            ("Passionflower herb", 0, "", None),
            ("Valerian root", 0, "", None),
        ),
    ),
    Line(
        "Elderberry Defense",
        "Elderberry extract",
        "mg",
        (300, 600),
        ("liquid", "gummy"),
        _IMMUNE,
        flavours=("Mixed Berry",),
        parts=(("Vitamin C", 0.2, "mg", 90), ("Zinc", 0.02, "mg", 11)),
    ),
    Line(
        "Daily Multi",
        "Vitamin A",
        "mcg RAE",
        (450, 900),
        _CAP_TAB,
        _MULTI,
        900,
        parts=(
            ("Vitamin C", 0.2, "mg", 90),
            ("Vitamin D3", 0.05, "mcg", 20),
            ("Thiamin", 0.01, "mg", 1.2),
            ("Riboflavin", 0.01, "mg", 1.3),
            ("Zinc", 0.02, "mg", 11),
            ("Selenium", 0.1, "mcg", 55),
            ("Iron", 0.02, "mg", 18),
        ),
    ),
)
