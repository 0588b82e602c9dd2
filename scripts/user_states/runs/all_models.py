"""Every model with runs in the register; `registered_model.py` says how to add one."""

from __future__ import annotations

from collections.abc import Callable

from user_states.errors import UserError
from user_states.runs.journeys_model import JOURNEYS, journeys_model
from user_states.runs.personas_model import PERSONAS, personas_model
from user_states.runs.propensity_model import PROPENSITIES, propensity_model
from user_states.runs.registered_model import RegisteredModel
from user_states.runs.segments_model import CUSTOMER_SEGMENTS, segments_model
from user_states.runs.states_model import USER_STATES, states_model
from user_states.warehouse.dbt_project import DbtProject

# What makes a model of the project out of its name. A name that ends in a colon stands
# for all names that begin with it, such as propensity:purchase.
MODELS: dict[str, Callable[[DbtProject, str], RegisteredModel]] = {
    USER_STATES: lambda project, name: states_model(project),
    CUSTOMER_SEGMENTS: lambda project, name: segments_model(project),
    PROPENSITIES: propensity_model,
    JOURNEYS: lambda project, name: journeys_model(project),
    PERSONAS: lambda project, name: personas_model(project),
}


def registered_model(project: DbtProject, name: str) -> RegisteredModel:
    """Return a model by its name in the register.

    Raises
    ------
    UserError
        If this copy of the project has no such model.
    """
    family, colon, _ = name.partition(":")
    make = MODELS.get(family + colon)
    if make is None:
        raise UserError(
            f"found no model {name!r}; expected one of {', '.join(MODELS)}: name one "
            "of them with --model"
        )
    return make(project, name)
