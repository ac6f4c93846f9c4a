"""Barcodes that belong to nobody.

UPC-A numbers that begin with 5 (GS1 prefixes 050-059) are held back by GS1 US, and those
that begin with 0000 are unused so that they cannot collide with GTIN-8. Both kinds carry a
right check digit, and the second keeps leading zeros honest.
"""


def check_digit(body: str) -> str:
    """The last digit of a GTIN whose other digits are `body`, whatever its length."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(body[::-1]))
    return str(-total % 10)


def upc(brand_number: int, item_number: int) -> str:
    """Twelve digits. Every fifth brand gets the range with leading zeros.

    `item_number` is 0 to 9999, `brand_number` 0 to 9999.
    """
    if brand_number % 5 == 4 and brand_number < 50:
        body = f"0000{10 + brand_number:02d}{item_number:05d}"
    else:
        body = f"5{brand_number:05d}{item_number:05d}"
    return body + check_digit(body)
