import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from practice.rls import ProtectCommon
from practice.triggers import Audit

FIRST = """
vitamin a = retinol = retinyl palmitate = beta carotene
vitamin b1 = b1 = thiamine = thiamin = benfotiamine
vitamin b2 = b2 = riboflavin
vitamin b3 = b3 = niacin = niacinamide = nicotinamide = nicotinic acid
vitamin b5 = b5 = pantothenic acid = pantethine = calcium pantothenate
vitamin b6 = b6 = pyridoxine = p5p = p 5 p = pyridoxal 5 phosphate
vitamin b7 = b7 = biotin
vitamin b9 = b9 = folate = folic acid = methylfolate = 5 mthf = folinic acid
vitamin b12 = b12 = cobalamin = methylcobalamin = cyanocobalamin = hydroxocobalamin = adenosylcobalamin
vitamin c = ascorbic acid = ascorbate = sodium ascorbate
vitamin d = vitamin d3 = d3 = cholecalciferol = ergocalciferol
vitamin e = tocopherol = tocopherols = tocotrienol = tocotrienols
vitamin k = vitamin k2 = k2 = phylloquinone = menaquinone = mk 7
fish oil = omega 3 = omega3 = epa dha = epa
cod liver oil = liver oil
flax oil = flaxseed oil = linseed oil = alpha linolenic acid
coq10 = co q10 = coenzyme q10 = ubiquinone = ubiquinol
nac = n acetyl cysteine = acetylcysteine
ala = alpha lipoic acid = lipoic acid = thioctic acid
same = sam e = s adenosylmethionine
5 htp = 5htp = hydroxytryptophan
gaba = gamma aminobutyric acid
dim = diindolylmethane
msm = methylsulfonylmethane
dmg = dimethylglycine
tmg = trimethylglycine = betaine anhydrous
pqq = pyrroloquinoline quinone
ps = phosphatidylserine
pc = phosphatidylcholine = lecithin
alc = acetyl l carnitine = acetylcarnitine
bcaa = branched chain amino acids
nad = nicotinamide riboside = nmn
hcl = betaine hcl = hydrochloric acid
dgl = deglycyrrhizinated licorice = licorice
fos = fructooligosaccharides
scfa = butyrate = butyric acid
iron = ferrous = ferric = iron bisglycinate
iodine = iodide = kelp
chromium = chromium picolinate
magnesium glycinate = magnesium bisglycinate
zinc carnosine = pepzin gi
probiotic = probiotics = lactobacillus = bifidobacterium
saccharomyces boulardii = s boulardii
turmeric = curcumin = curcuma
milk thistle = silymarin = silybum
ashwagandha = withania
rhodiola = golden root
chaste tree = chasteberry = vitex
st johns wort = hypericum
saw palmetto = serenoa
black cohosh = actaea racemosa = cimicifuga
holy basil = tulsi
boswellia = frankincense
ginkgo = ginkgo biloba
ginseng = panax
siberian ginseng = eleuthero
bacopa = brahmi
gotu kola = centella
elderberry = sambucus
horse chestnut = aesculus
stinging nettle = nettle = urtica
cats claw = uncaria
devils claw = harpagophytum
butterbur = petasites
feverfew = tanacetum
hawthorn = crataegus
valerian = valeriana
lemon balm = melissa
passion flower = passionflower = passiflora
green tea = egcg = camellia sinensis
red yeast rice = monascus
artichoke = cynara
psyllium = ispaghula
evening primrose = gla = gamma linolenic acid = borage oil
multivitamin = multi vitamin = multi = multimineral
prenatal = pregnancy
immune = immunity
digestive enzymes = enzymes = pancreatin
electrolytes = electrolyte = hydration
glucosamine = chondroitin
"""


def seed(apps, editor):
    synonym = apps.get_model("catalog", "Synonym")
    groups = [line.split(" = ") for line in FIRST.strip().splitlines()]
    synonym.objects.using(editor.connection.alias).bulk_create(
        synonym(phrases=phrases) for phrases in groups
    )


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0009_cards"),
    ]

    operations = [
        migrations.CreateModel(
            name="Synonym",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "phrases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        help_text="Separated by commas: vitamin c, ascorbic acid.",
                        size=12,
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="synonym",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["phrases"], name="synonym_phrases"
            ),
        ),
        migrations.AddConstraint(
            model_name="synonym",
            constraint=models.CheckConstraint(
                condition=models.Q(("phrases__len__gte", 2)), name="a_synonym_has_two_phrases"
            ),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
        ProtectCommon("Synonym"),
        Audit("Synonym", practice=""),
    ]
