"""Small generated files that stand for a vendor's pictures and documents."""

import hashlib
import struct
import zlib


def png(name: str, *, width: int = 96, height: int = 96) -> bytes:
    """A PNG whose colours and bars come from `name`, the same each time."""
    digest = hashlib.sha256(name.encode()).digest()
    ground, ink = digest[:3], digest[3:6]
    rows = b"".join(
        b"\0" + b"".join(ink if digest[6 + x * 16 // width] > 128 else ground for x in range(width))
        for _ in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(rows))
        + _chunk(b"IEND", b"")
    )


def pdf(text: str) -> bytes:
    """One page with one line of text; anything but plain ASCII becomes `?`."""
    line = text.encode("ascii", "replace").replace(b"(", b"[").replace(b")", b"]")
    drawing = b"BT /F1 14 Tf 40 100 Td (" + line.replace(b"\\", b"/") + b") Tj ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 160]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, table)
        + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(out))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
