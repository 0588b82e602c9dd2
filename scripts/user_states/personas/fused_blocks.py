"""What is said and how it is written, as one vector of each conversation."""

from __future__ import annotations

import numpy as np

from user_states.hmm.arrays import FloatArray

# Share of the text, unless said otherwise.
TEXT_SHARE = 0.75
# Behaviour beyond so many standard deviations counts as so many.
_FARTHEST = 4.0


def fuse(vectors: FloatArray, behaviour: FloatArray, text_share: float) -> FloatArray:
    """Put two blocks side by side, of which each has its share of all distances.

    Each block is centred and scaled to a mean squared length of 1, so the mean squared
    distance of two rows is 2 in each. Times the square roots of the shares, the blocks
    contribute these shares to it.

    Parameters
    ----------
    vectors : array, shape (n, n_numbers)
        Of texts.
    behaviour : array, shape (n, n_columns)
        Each column is standardised first; a constant one becomes 0.
    text_share : float
        In [0, 1].

    Returns
    -------
    array, shape (n, n_numbers + n_columns)
    """
    if not 0 <= text_share <= 1:
        raise ValueError(f"found a share of the text of {text_share}; expected 0 to 1")
    text = _of_mean_square_one(vectors)
    style = _of_mean_square_one(standardised(behaviour))
    return np.hstack([np.sqrt(text_share) * text, np.sqrt(1 - text_share) * style])


def standardised(behaviour: FloatArray) -> FloatArray:
    """Return columns in standard deviations from their means, outliers drawn in."""
    deviations = behaviour.std(axis=0)
    centred = behaviour - behaviour.mean(axis=0)
    # Differences by rounding are none.
    varies = deviations > 1e-9 * (1 + np.abs(behaviour).max(axis=0, initial=0.0))
    scaled = np.divide(centred, deviations, out=np.zeros_like(centred), where=varies)
    clipped: FloatArray = np.clip(scaled, -_FARTHEST, _FARTHEST)
    return clipped


def _of_mean_square_one(block: FloatArray) -> FloatArray:
    """Return rows moved so that their mean is 0, and scaled."""
    if not block.size:
        return block
    centred = block - block.mean(axis=0)
    mean_square = float((centred**2).sum(axis=1).mean())
    scaled: FloatArray = centred / np.sqrt(mean_square) if mean_square else centred
    return scaled
