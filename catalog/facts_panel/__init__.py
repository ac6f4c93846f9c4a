"""What a supplement-facts label says, as structure.

Nothing is guessed. A number is one that stands on the label; what could not be read is kept
word for word in `unread`, and pages show it.
"""

from catalog.facts_panel.panel import ALLERGENS, FactsPanel, Ingredient
from catalog.facts_panel.reader import read

__all__ = ["ALLERGENS", "FactsPanel", "Ingredient", "read"]
