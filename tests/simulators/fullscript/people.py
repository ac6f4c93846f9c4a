"""Who is registered at the simulated Fullscript when it starts. Nobody here exists.

    clinic                       who signs in                                    role
    Harbor Integrative Clinic    nora.lindqvist@harbor-integrative.example       Practitioner
                                 samuel.okafor@harbor-integrative.example        Practitioner
                                 ivy.brandt@harbor-integrative.example           Staff
    Meadow Functional Medicine   clara.whitfield@meadow-functional.example       Practitioner
                                 david.moreau@meadow-functional.example          Practitioner
                                 jonas.reyes@meadow-functional.example           Staff

Patients per clinic: two known by their own e-mail, a guardian and a child who share one,
two people of the same name, and one without a birth date. Harbor's and Meadow's
"Elena Marsh" are the same person registered at both, as two patients.
"""

CLINICS = (
    {"key": "harbor", "name": "Harbor Integrative Clinic", "discount": 10},
    {"key": "meadow", "name": "Meadow Functional Medicine", "discount": 15},
)

PRACTITIONER_TYPES = ("Naturopathic Doctor", "Medical Doctor", "Nurse Practitioner", "Dietitian")

# clinic, first name, last name, practitioner type ("" for staff)
PEOPLE = (
    ("harbor", "Nora", "Lindqvist", "Naturopathic Doctor"),
    ("harbor", "Samuel", "Okafor", "Medical Doctor"),
    ("harbor", "Ivy", "Brandt", ""),
    ("meadow", "Clara", "Whitfield", "Medical Doctor"),
    ("meadow", "David", "Moreau", "Nurse Practitioner"),
    ("meadow", "Jonas", "Reyes", ""),
)
DOMAINS = {"harbor": "harbor-integrative.example", "meadow": "meadow-functional.example"}

# clinic, first name, last name, e-mail, birth date, gender, mobile, guardian's first name
PATIENTS = (
    ("harbor", "Elena", "Marsh", "elena.marsh@mail.example", "1984-03-09", "female",
     "+12025550111", ""),
    ("harbor", "Theo", "Albrecht", "theo.albrecht@mail.example", "1971-11-22", "male",
     "+12025550112", ""),
    ("harbor", "Priya", "Nandakumar", "nandakumar.family@mail.example", "1989-06-30", "female",
     "+12025550113", ""),
    ("harbor", "Arjun", "Nandakumar", "nandakumar.family@mail.example", "2016-02-14", "male",
     None, "Priya"),
    ("harbor", "Anna", "Kowalska", "anna.kowalska@mail.example", "1992-08-01", "female", None, ""),
    ("harbor", "Anna", "Kowalska", "a.kowalska@post.example", "1958-01-17", "female", None, ""),
    ("harbor", "Lewis", "Grant", "lewis.grant@mail.example", None, "male", None, ""),
    ("meadow", "Elena", "Marsh", "elena.marsh@mail.example", "1984-03-09", "female",
     "+12025550111", ""),
    ("meadow", "Marcus", "Bell", "marcus.bell@mail.example", "1966-05-12", "male",
     "+12025550121", ""),
    ("meadow", "Joanna", "Petrov", "petrov.home@mail.example", "1980-12-03", "female",
     "+12025550122", ""),
    ("meadow", "Mila", "Petrov", "petrov.home@mail.example", "2013-07-19", "female",
     None, "Joanna"),
    ("meadow", "Grace", "Lin", "grace.lin@mail.example", "1995-10-25", "female", None, ""),
    ("meadow", "Grace", "Lin", "glin@post.example", "1977-04-04", "female", None, ""),
    ("meadow", "Owen", "Hart", "owen.hart@mail.example", None, "x", None, ""),
)  # fmt: skip


def email_of(clinic: str, first: str, last: str) -> str:
    return f"{first}.{last}@{DOMAINS[clinic]}".lower()
