"""Names of segments of customers: what differs most, and no name twice."""

from __future__ import annotations

import numpy as np
import pytest

from user_states.naming.profile_distance import SegmentProfiles, profile_distances
from user_states.naming.segment_names import FeaturePhrases, name_segments

PHRASES = (
    FeaturePhrases("n_website_views", "web", "views many pages", "views few pages"),
    FeaturePhrases("n_website_sessions", "web", "visits often", "visits rarely"),
    FeaturePhrases("n_videos_viewed", "content", "watches videos", "watches none"),
    FeaturePhrases("converted_to_sale", "crm", "has bought", "has not bought", True),
)
NATURAL = np.array([[4.25, 2.0, 0.0, 0.75], [1250.0, 2.0, 0.0, 0.25]])
EVERYONE = np.array([2.0, 1.0, 0.5, 0.5])


def names(*deviations: list[float]) -> list[str]:
    rows = np.array(deviations)
    natural = np.tile(NATURAL[0], (len(rows), 1))
    found = name_segments(PHRASES, rows, natural, EVERYONE)
    return [name.name for name in found]


def test_a_name_has_the_most_telling_feature_of_each_family_first() -> None:
    assert names([1.0, 1.5, -0.6, 0.1], [0.4, -0.3, 0.2, 0.0]) == [
        "Visits often, watches none",
        "Like most customers",
    ]


@pytest.mark.parametrize(
    ("deviation", "share", "name"),
    [
        (0.9, 0.8, "Has bought"),
        (0.9, 0.79, "More often has bought"),
        (-0.9, 0.2, "Has not bought"),
        (-0.9, 0.9, "Less often has bought"),
    ],
)
def test_a_name_is_true_of_most_members(
    deviation: float, share: float, name: str
) -> None:
    """A member has bought or has not; on average nobody has."""
    (found,) = name_segments(
        PHRASES,
        np.array([[0.0, 0.0, 0.0, deviation]]),
        np.array([[2.0, 1.0, 0.5, share]]),
        EVERYONE,
    )
    assert found.name == name
    assert found.fits(name)


def test_segments_that_would_share_a_name_get_longer_ones_or_a_number() -> None:
    assert names(
        [1.0, 1.5, -0.6, 0.1], [0.1, 1.5, -0.6, 0.1], [0.1, 1.4, -0.7, 0.1]
    ) == [
        "Visits often, watches none, views many pages",
        "Visits often, watches none",
        "Visits often, watches none 2",
    ]


def test_the_same_words_in_another_order_are_the_same_name() -> None:
    assert names([1.5, 0.1, -1.0, 0.6], [1.0, 0.1, -1.5, 0.1]) == [
        "Views many pages, watches none, more often has bought",
        "Watches none, views many pages",
    ]
    assert names([1.5, 0.1, -1.0, 0.1], [1.0, 0.1, -1.5, 0.1]) == [
        "Views many pages, watches none",
        "Watches none, views many pages 2",
    ]


def test_a_segment_without_members_says_so() -> None:
    (name,) = name_segments(
        PHRASES, np.full((1, 4), np.nan), np.full((1, 4), np.nan), EVERYONE
    )
    assert (name.name, name.description) == (
        "Nobody",
        "No customer was in this segment.",
    )


def test_a_name_may_stay_while_its_phrases_are_roughly_true() -> None:
    rows = np.array([[1.0, 0.3, -0.2, 0.0], [0.0, 0.0, 0.0, 0.9]])
    first, second = name_segments(PHRASES, rows, NATURAL, EVERYONE)
    assert first.fits("Visits often, views many pages 2")
    assert not first.fits("Views many pages, watches none")
    assert not second.fits("Has not bought")
    assert first.description == (
        "Means, with those of all customers in brackets: website views 4.25 (2), "
        "website sessions 2 (1), videos viewed 0 (0.5), converted to sale 75% (50%)."
    )
    assert "website views 1,250 (2)" in second.description


def test_segments_without_variance_are_the_same_or_have_no_overlap() -> None:
    def profiles(mean: float) -> SegmentProfiles:
        return SegmentProfiles(
            ("a",), ("continuous",), ("none",), np.array([[mean]]), np.zeros((1, 1))
        )

    same = profile_distances(profiles(2.0), profiles(2.0))
    other = profile_distances(profiles(2.0), profiles(2.5))
    assert (same.item(), other.item()) == pytest.approx((0.0, 1.0))


def test_what_is_not_known_of_most_members_is_neither_yes_nor_no() -> None:
    crm = FeaturePhrases(
        "converted_to_sale", "crm", "is a buyer", "is no buyer", True, "not in the CRM"
    )
    visits = FeaturePhrases(
        "n_website_views", "web", "views many pages", "views few", unknown="never seen"
    )
    assert crm.phrase(-0.9, 0.0, 1.0) == "is no buyer"
    assert crm.phrase(-0.9, 0.0, 0.5) == "less often is a buyer"
    assert crm.phrase(-0.9, 0.0, 0.2) == "not in the CRM"
    assert crm.phrase(0.9, 0.15, 0.16) == "not in the CRM"
    assert visits.phrase(-0.9, 0.1, 0.3) == "views few"
    assert visits.phrase(-0.9, 0.1, 0.1) == "never seen"
    blogs = FeaturePhrases(
        "n_blogs", "blogs", "reads", "reads not", False, "never seen"
    )
    (found,) = name_segments(
        (crm, visits, blogs),
        np.array([[0.6, -1.5, -1.0]]),
        np.array([[0.0, 0.0, 0.0]]),
        np.array([0.5, 2.0, 1.0]),
        np.array([[0.1, 0.0, 0.0]]),
    )
    assert found.name == "Never seen, not in the CRM"
