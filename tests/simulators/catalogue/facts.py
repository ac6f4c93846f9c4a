"""Supplement facts: what is in one serving, as rows and as a vendor's HTML table."""

from dataclasses import dataclass
from html import escape

from tests.simulators.catalogue.articles import Article
from tests.simulators.catalogue.substances import BLEND


@dataclass(frozen=True)
class Fact:
    """`amount` None means that a part of a blend has no amount of its own."""

    name: str
    amount: float | None
    unit: str
    daily_value_percent: int | None
    inside_blend: bool = False


def serving(article: Article) -> str:
    """`1 capsule`, `1 scoop (12 g)`, `1 dropper (1 mL)`."""
    extra = {"powder": " (12 g)", "liquid": " (1 mL)"}.get(article.form.name, "")
    return f"1 {article.form.one}{extra}"


def facts(article: Article) -> tuple[Fact, ...]:
    """The rows of the label; a line's parts are shares of its strength."""
    line, strength = article.line, article.strength
    if line.substance == BLEND:
        head = Fact(f"{line.name} Proprietary Blend", strength, line.unit, None)
        return (head, *(Fact(name, None, "", None, True) for name, *_ in line.parts))
    rows = [Fact(line.substance, strength, line.unit, _percent(strength, line.daily_value))]
    for name, share, unit, daily_value in line.parts:
        amount = float(f"{strength * share:.3g}")
        rows.append(Fact(name, amount, unit, _percent(amount, daily_value)))
    return tuple(rows)


def table(article: Article, *, plain: bool = False) -> str:
    """The label as HTML. `plain` leaves out the head and classes, as some makers do."""
    rows = "".join(_row(fact) for fact in facts(article))
    if plain:
        return f"<table>{rows}</table>"
    per = article.count if article.form.name != "liquid" else article.count * 30
    return (
        '<table class="facts" border="1"><thead><tr><th colspan="3">Supplement Facts</th></tr>'
        f'<tr><td colspan="3">Serving Size: {escape(serving(article))}<br/>'
        f"Servings Per Container: {per}</td></tr>"
        "<tr><th></th><th>Amount Per Serving</th><th>% Daily Value</th></tr></thead>"
        f"<tbody>{rows}</tbody>"
        '<tfoot><tr><td colspan="3">** Daily Value (DV) not established.</td></tr></tfoot></table>'
    )


def _row(fact: Fact) -> str:
    name = escape(fact.name)
    if fact.inside_blend:
        return f"<tr><td>&nbsp;&nbsp;{name}</td><td></td><td>**</td></tr>"
    amount = f"{fact.amount:,g} {fact.unit}"
    percent = f"{fact.daily_value_percent:,}%" if fact.daily_value_percent is not None else "**"
    return f"<tr><td>{name}</td><td>{escape(amount)}</td><td>{percent}</td></tr>"


def _percent(amount: float, daily_value: float | None) -> int | None:
    return round(amount / daily_value * 100) if daily_value else None
