"""Browser and system in words, from what a browser says of itself. A hint for people who look
for a session that is not theirs; nothing is decided by it."""

import re

# Order matters: most browsers also name those they descend from.
BROWSERS = [
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"(?:OPR|Opera)/(\d+)", "Opera"),
    (r"SamsungBrowser/(\d+)", "Samsung Internet"),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"(?:Chrome|CriOS|HeadlessChrome)/(\d+)", "Chrome"),
    (r"Version/(\d+)[\d.]* (?:Mobile/\S+ )?Safari/", "Safari"),
]
SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X|Macintosh", "macOS"),
    ("Linux|X11", "Linux"),
]


def in_words(user_agent: str) -> str:
    """ "Firefox 134 on Windows"; what is not known is called so."""
    browser = "A browser not known here"
    for pattern, name in BROWSERS:
        if found := re.search(pattern, user_agent):
            browser = f"{name} {found[1]}"
            break
    system = next((name for pattern, name in SYSTEMS if re.search(pattern, user_agent)), "")
    return f"{browser} on {system}" if system else browser
