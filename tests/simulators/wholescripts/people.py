"""Practitioners, their patients and referral codes at WholeScripts, all made up.

The four practitioners are those of the simulated Fullscript, so that one person can
connect both. Patients overlap in part: some are known at both, some here only
(`Tobias Venn`, `Rosalind Achter`), and those of `elsewhere` belong to a practitioner who
uses nothing of ours.
"""

PRACTITIONER_PASSWORD = "made-up-practitioner-password"

NORA = "nora.lindqvist@harbor-integrative.example"
SAMUEL = "samuel.okafor@harbor-integrative.example"
CLARA = "clara.whitfield@meadow-functional.example"
DAVID = "david.moreau@meadow-functional.example"
ELSEWHERE = "hugo.tamm@tamm-practice.example"

# e-mail, first name, last name
PRACTITIONERS = (
    (NORA, "Nora", "Lindqvist"),
    (SAMUEL, "Samuel", "Okafor"),
    (CLARA, "Clara", "Whitfield"),
    (DAVID, "David", "Moreau"),
    (ELSEWHERE, "Hugo", "Tamm"),
)

# practitioner, e-mail, first name, last name; an address has one account here
PATIENTS = (
    (NORA, "elena.marsh@mail.example", "Elena", "Marsh"),
    (NORA, "theo.albrecht@mail.example", "Theodor", "Albrecht"),
    (NORA, "nandakumar.family@mail.example", "Priya", "Nandakumar"),
    (NORA, "tobias.venn@mail.example", "Tobias", "Venn"),
    (SAMUEL, "lewis.grant@mail.example", "Lewis", "Grant"),
    (CLARA, "marcus.bell@mail.example", "Marcus", "Bell"),
    (CLARA, "Grace.Lin@mail.example", "Grace", "Lin"),
    (CLARA, "rosalind.achter+plans@mail.example", "Rosalind", "Achter"),
    (DAVID, "petrov.home@mail.example", "Joanna", "Petrov"),
    (ELSEWHERE, "a.kowalska@post.example", "Anna", "Kowalska"),
    (ELSEWHERE, "owen.hart@mail.example", "Owen", "Hart"),
)

# practitioner, code, last name, percent, access level; David and Hugo have none
REFERRAL_CODES = (
    (NORA, "HARBOR15", "LINDQVIST", 15.0, "Full"),
    (NORA, "HARBOR5", "LINDQVIST", 5.0, "Full"),
    (SAMUEL, "OKAFOR10", "OKAFOR", 10.0, "Full"),
    (CLARA, "MEADOW20", "WHITFIELD", 20.0, "Recommended Only"),
)


def practitioners() -> list[dict]:
    keys = ("email", "first_name", "last_name")
    return [dict(zip(keys, row, strict=True)) for row in PRACTITIONERS]


def patients() -> list[dict]:
    keys = ("practitioner", "email", "firstName", "lastName")
    return [dict(zip(keys, row, strict=True)) for row in PATIENTS]


def referral_codes() -> dict[str, list[dict]]:
    """By practitioner, each as the API gives it."""
    keys = ("ref_code", "ref_name", "discount", "access_level")
    codes: dict[str, list[dict]] = {}
    for practitioner, *row in REFERRAL_CODES:
        codes.setdefault(practitioner, []).append(dict(zip(keys, row, strict=True)))
    return codes
