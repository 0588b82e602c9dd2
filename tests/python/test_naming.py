"""Names of states when a run is promoted: kept if they fit, else new."""

from __future__ import annotations

from user_states.naming.automatic_name import AutomaticName
from user_states.naming.kept_names import promoted_names

SILENT = AutomaticName("Silent", ("Silent, cash",), "", frozenset({"Silent", "cash"}))
WEEKLY = AutomaticName(
    "Weekly", ("Weekly, iPhone",), "", frozenset({"Weekly", "iPhone"})
)


class TestPromotedNames:
    def test_a_true_name_stays_even_if_a_new_one_would_differ(self) -> None:
        now = {"a": "Weekly, iPhone", "b": "Silent 2"}
        assert promoted_names({"a": WEEKLY, "b": SILENT}, now, [], []) == now

    def test_an_untrue_name_is_replaced_and_a_new_state_gets_one(self) -> None:
        now = {"a": "Silent for months", "gone": "Rare"}
        assert promoted_names({"a": WEEKLY, "new": SILENT}, now, [], []) == {
            "a": "Weekly",
            "new": "Silent",
        }

    def test_a_name_of_another_key_is_never_given(self) -> None:
        # The other key has it now, had it in an earlier run, or people chose it.
        assert promoted_names({"new": WEEKLY}, {"gone": "WEEKLY"}, [], []) == {
            "new": "Weekly, iPhone"
        }
        assert promoted_names({"new": WEEKLY}, {}, [("other", "Weekly")], []) == {
            "new": "Weekly, iPhone"
        }
        assert promoted_names(
            {"new": WEEKLY}, {}, [], ["weekly", "Weekly, iPhone"]
        ) == {"new": "Weekly 2"}

    def test_kept_names_precede_new_ones_in_any_order(self) -> None:
        now = {"b": "Weekly"}
        assert promoted_names({"a": WEEKLY, "b": WEEKLY}, now, [], []) == {
            "a": "Weekly, iPhone",
            "b": "Weekly",
        }

    def test_a_state_can_get_its_own_earlier_name_again(self) -> None:
        now = {"a": "Silent"}
        assert promoted_names({"a": WEEKLY}, now, [("a", "Weekly")], []) == {
            "a": "Weekly"
        }

    def test_states_that_lose_their_names_do_not_exchange_them(self) -> None:
        now = {"a": "Weekly", "b": "Silent"}
        assert promoted_names({"a": SILENT, "b": WEEKLY}, now, [], []) == {
            "a": "Silent, cash",
            "b": "Weekly, iPhone",
        }

    def test_a_name_stays_if_no_true_words_are_stored(self) -> None:
        earlier = AutomaticName.from_stored("Weekly", '["Weekly, cash"]', "", None)
        assert promoted_names({"a": earlier}, {"a": "Rare"}, [], []) == {"a": "Rare"}


class TestStoring:
    def test_columns_are_read(self) -> None:
        stored = SILENT.as_stored()
        assert stored["true_words"] == '["Silent", "cash"]'
        assert (
            AutomaticName.from_stored(
                *("Silent", stored["longer_names"], "", stored["true_words"])
            )
            == SILENT
        )

    def test_runs_of_earlier_versions_are_read(self) -> None:
        name = AutomaticName.from_stored("State 3", None, "", None)
        assert name == AutomaticName("State 3", (), "", None)
        assert name.as_stored()["true_words"] is None
