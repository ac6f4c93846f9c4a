"""The EMR vendor account WholeScripts would issue to us, made up.

The demo's settings import these. `USERNAME` is also the `client_id` of the authorize page.
"""

USERNAME = "regimen-demo-emr"
PASSWORD = "made-up-emr-password"
BASE_PATH = "/api/EMR"


def config(site_url: str) -> dict:
    """What XYMOGEN has on file for us. `pack_skus` are the packs any practitioner may send."""
    return {
        "username": USERNAME,
        "password": PASSWORD,
        "pack_skus": ["000000000200000633"],
    }
