"""Money as people write it: by the symbol of a common currency, else by its code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from user_states.explorer.words.numbers import (
    MONEY_DIGITS,
    RANGE_DIGITS,
    rounded,
    rounded_range,
)

# Written before the number.
SYMBOLS = {
    "AUD": "A$",
    "BRL": "R$",
    "CAD": "C$",
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "MXN": "MX$",
    "NGN": "₦",
    "NZD": "NZ$",
    "PHP": "₱",
    "TRY": "₺",
    "UAH": "₴",
    "USD": "$",
    "VND": "₫",
}


@dataclass(frozen=True)
class Money:
    """Writes amounts of one currency.

    Attributes
    ----------
    currency : str
        ISO code, such as EUR.
    """

    currency: str

    @property
    def sign(self) -> str:
        """The symbol, or the code and a space that does not break."""
        return SYMBOLS.get(self.currency, f"{self.currency}\u00a0")

    def exact(self, amount: float) -> str:
        """Return an amount in whole units: `€719,184`."""
        return self._signed(amount, 0)

    def about(self, amount: float, digits: int = MONEY_DIGITS) -> str:
        """Return an expected amount with few digits: `€12,700`."""
        found = rounded(amount, digits)
        return self._signed(found, 0 if abs(found) >= 10 or not found else 2)

    def each(self, amount: float) -> str:
        """Return an amount a user or ride: `€4.18`, `€36`."""
        return self._signed(amount, 2 if abs(amount) < 9.995 else 0)

    def gain(self, amount: float) -> str:
        """Return what comes on top, with its sign: `+€5,720`."""
        text = self.about(amount)
        return text if text.startswith("−") else f"+{text}"

    def between(self, low: float, high: float) -> str:
        """Return a range with two digits: `€2,500 to €9,000`."""
        ends = rounded_range(low, high)
        return " to ".join(self.about(end, RANGE_DIGITS) for end in ends)

    def within(self, text: str) -> str:
        """Return a text with its amounts, such as `23.35 EUR`, as the page has them."""
        return re.sub(
            rf"(?<![\w.,])(\d+(?:\.\d+)?) {re.escape(self.currency)}\b",
            lambda found: self.each(float(found.group(1))),
            text,
        )

    def _signed(self, amount: float, decimals: int) -> str:
        text = f"{abs(amount):,.{decimals}f}"
        is_negative = amount < 0 and float(text.replace(",", "")) > 0
        return f"{'−' if is_negative else ''}{self.sign}{text}"
