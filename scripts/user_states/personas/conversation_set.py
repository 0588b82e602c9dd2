"""The conversations that personas are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from user_states.errors import UserError
from user_states.hmm.arrays import FloatArray, IntArray

# Fewest different conversations that can be divided.
LEAST_CONVERSATIONS = 50


class TooFewConversationsError(UserError):
    """There are too few different conversations to look for personas."""


@dataclass(frozen=True, eq=False)
class Conversations:
    """Conversations in a fixed order, each of one customer.

    Attributes
    ----------
    ids : sequence of str, length n
        None twice.
    customers : array of int, shape (n,)
        Number of the customer of each conversation.
    texts : sequence of str, length n
        What the customer wrote in it, messages in the order of time.
    behaviour : array, shape (n, n_columns)
        How it was written: columns about time, interaction and style. No NaN.
    """

    ids: Sequence[str]
    customers: IntArray
    texts: Sequence[str]
    behaviour: FloatArray

    def __post_init__(self) -> None:
        lengths = {len(self.customers), len(self.texts), len(self.behaviour)}
        if lengths != {len(self.ids)} or self.behaviour.ndim != 2:
            raise ValueError(
                f"found {len(self.ids)} ids, {len(self.customers)} customers, "
                f"{len(self.texts)} texts and behaviour of shape "
                f"{self.behaviour.shape}; expected one row a conversation in each"
            )
        if len(set(self.ids)) < len(self.ids):
            raise ValueError("found a conversation twice; expected each id once")
        n_bad = int(np.count_nonzero(~np.isfinite(self.behaviour)))
        if n_bad:
            raise ValueError(
                f"found {n_bad} values of behaviour that are NaN or infinite; expected "
                "numbers only"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, places: IntArray) -> Conversations:
        """Return the conversations at these places, in their order."""
        return Conversations(
            [self.ids[place] for place in places.tolist()],
            self.customers[places],
            [self.texts[place] for place in places.tolist()],
            self.behaviour[places],
        )

    def require_enough(self) -> None:
        """Raise TooFewConversationsError if there are too few different ones."""
        n_different = len(set(self.texts))
        if n_different < LEAST_CONVERSATIONS:
            raise TooFewConversationsError(
                f"found {n_different:,} different texts in {len(self):,} conversations;"
                f" expected at least {LEAST_CONVERSATIONS}: load more messages, or look"
                " at what the filters set aside"
            )
