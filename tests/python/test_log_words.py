"""A log of purchases is shown in its own words: on the page and in figures."""

from __future__ import annotations

import base64
import gzip
import json
import re

import pytest
from markupsafe import Markup
from matplotlib.text import Text

from made_up_marts import made_up_marts
from user_states.explorer.page import build_page
from user_states.explorer.scene import PageOptions
from user_states.explorer.words_of_log import in_words_of_log
from user_states.figures.all_figures import FIGURES, in_words
from user_states.figures.picture import PictureOptions
from user_states.marts.log_words import WORDS_OF_LOGS, LogWords

PURCHASES = LogWords("purchases")
STATES = ["Frequent, commuting", "Occasional", "Slowing down", "Silent for months"]
RIDE_WORDS = re.compile(r"\b(rid(e|es|er|ers|den|ing)|rode)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("log", "text", "told"),
    [
        ("rides", "Will ride: 3 riders", "Will ride: 3 riders"),
        ("purchases", "Rode then, silent now", "Bought then, silent now"),
        ("purchases", "Will ride again", "Will buy again"),
        ("purchases", "A ride, or two rides", "A purchase, or two purchases"),
        ("purchases", "Asked for a ride, but", "Began a purchase, but"),
        ("orders", "a ride a week; Riders", "an order a week; Customers"),
        ("visits", "have not ridden", "have not come"),
        # Names of columns and files stay.
        ("purchases", "ready_to_ride.csv: n_rides", "ready_to_ride.csv: n_rides"),
        ("purchases", "Bride and pride override", "Bride and pride override"),
    ],
)
def test_texts_in_words_of_a_log(log: str, text: str, told: str) -> None:
    assert LogWords(log).within(text) == told


def test_no_word_of_another_log_is_one_of_rides() -> None:
    for words in WORDS_OF_LOGS.values():
        assert not any(RIDE_WORDS.search(told) for told in words.values())


def test_code_and_tags_stay_and_labels_change() -> None:
    html = (
        '<a class="rides" href="#ride" aria-label="No rides">rides</a>'
        "<pre><code>select rides</code></pre><script>ride()</script>"
    )
    assert in_words_of_log(html, PURCHASES) == (
        '<a class="rides" href="#ride" aria-label="No purchases">purchases</a>'
        "<pre><code>select rides</code></pre><script>ride()</script>"
    )


def test_the_page_of_a_log_of_purchases_speaks_of_no_rides() -> None:
    options = PageOptions(
        lambda mart: f"marts.{mart}", min_filter_users=60, words=PURCHASES
    )
    page = build_page(made_up_marts(STATES), options)
    data = re.search(
        r'<script type="application/json" id="packed">(.*?)</script>', page
    )
    assert data
    drawings = [
        gzip.decompress(base64.b64decode(content)).decode()
        for content in json.loads(data.group(1)).values()
    ]
    assert drawings
    for html in [page, *drawings]:
        read = re.sub(r"<(script|style|code|pre)\b.*?</\1>", " ", html, flags=re.S)
        labels = " ".join(re.findall(r'(?:aria-label|data-tip|title)="([^"]*)"', read))
        text = f"{Markup(read).striptags()} {labels}"
        assert sorted({found[0] for found in RIDE_WORDS.finditer(text)}) == []
        assert "bought" in text
    # The same page about rides has them everywhere.
    assert RIDE_WORDS.search(build_page(made_up_marts(STATES), PageOptions(str)))


@pytest.mark.parametrize("name", ["rides_gained", "state_outlook"])
def test_figures_of_a_log_of_purchases(name: str) -> None:
    options = PictureOptions(0.01, 12, PURCHASES)
    figure = in_words(FIGURES[name].draw(made_up_marts(STATES), options), PURCHASES)
    texts = [text.get_text() for text in figure.findobj(Text)]
    assert not any(RIDE_WORDS.search(text) for text in texts)
    assert any("purchases" in text for text in texts)
