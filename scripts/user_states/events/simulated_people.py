"""The people behind simulated users: accounts, devices, addresses and telephones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from user_states.rides.simulated_population import Booleans, Generator, Integers

# Shares of people: with two accounts; on a device that others use too; whose e-mail is
# written wrongly somewhere; who never log in on the web.
TWO_ACCOUNTS_SHARE, SHARED_DEVICE_SHARE = 0.08, 0.05
WRONG_EMAIL_SHARE, NEVER_LOGS_IN_SHARE = 0.02, 0.10
# Of second accounts: with the first one's telephone, and with its e-mail.
SAME_PHONE_SHARE, SAME_EMAIL_SHARE = 0.90, 0.50
# Visitors without an account, per person with one.
VISITORS_PER_PERSON = 0.25
# People around one shared device.
_SHARING = 2
# Browsers of a person beyond the first, on average.
_MORE_BROWSERS = 0.7

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class People:
    """People of a block: p of them, with n accounts and d browsers.

    Attributes
    ----------
    account_person : int, shape (n,)
        The person of each account of the rides' simulator.
    account_email, account_phone : int, shape (n,)
        Numbers of the e-mail and the telephone of each account: those of the account
        that had them first.
    main_account : int, shape (p,)
        The first account of each person; -1 for a visitor without one.
    second_account : int, shape (p,)
        -1 for most.
    logs_in, shares_a_device, has_wrong_email : bool, shape (p,)
    browser_person, browser : int, shape (b,)
        Pairs of a person and a browser that the person uses, by person.
    """

    account_person: Integers
    account_email: Integers
    account_phone: Integers
    main_account: Integers
    second_account: Integers
    logs_in: Booleans
    shares_a_device: Booleans
    has_wrong_email: Booleans
    browser_person: Integers
    browser: Integers

    @property
    def n_people(self) -> int:
        """Number of people, visitors included."""
        return len(self.main_account)


def draw_people(rng: Generator, n_accounts: int) -> People:
    """Draw who owns the accounts of a block, and what they are reached by."""
    n_pairs = round(n_accounts * TWO_ACCOUNTS_SHARE / (1 + TWO_ACCOUNTS_SHARE))
    order = rng.permutation(n_accounts)
    n_owners = n_accounts - n_pairs
    account_person = np.empty(n_accounts, dtype=np.int64)
    account_person[order[:n_owners]] = np.arange(n_owners)
    account_person[order[n_owners:]] = np.arange(n_pairs)
    n_people = n_owners + round(n_owners * VISITORS_PER_PERSON)
    main_account, second_account = (
        np.full(n_people, -1, dtype=np.int64) for _ in range(2)
    )
    main_account[:n_owners] = order[:n_owners]
    second_account[:n_pairs] = order[n_owners:]

    # Each account has its own e-mail and telephone, except where a second one repeats
    # the first one's.
    account_email, account_phone = np.arange(n_accounts), np.arange(n_accounts)
    for numbers, share in (
        (account_email, SAME_EMAIL_SHARE),
        (account_phone, SAME_PHONE_SHARE),
    ):
        repeats = rng.random(n_pairs) < share
        numbers[order[n_owners:][repeats]] = order[:n_pairs][repeats]
    has_account = main_account >= 0
    browser_person, browser, shares = _draw_browsers(rng, n_people, n_owners)
    return People(
        account_person=account_person,
        account_email=account_email,
        account_phone=account_phone,
        main_account=main_account,
        second_account=second_account,
        logs_in=has_account & (rng.random(n_people) >= NEVER_LOGS_IN_SHARE),
        shares_a_device=shares,
        has_wrong_email=has_account & (rng.random(n_people) < WRONG_EMAIL_SHARE),
        browser_person=browser_person,
        browser=browser,
    )


def _draw_browsers(
    rng: Generator, n_people: int, n_owners: int
) -> tuple[Integers, Integers, Booleans]:
    """Draw (person, browser) pairs by person, and who shares one."""
    n_browsers = 1 + rng.poisson(_MORE_BROWSERS, n_people)
    person = np.repeat(np.arange(n_people), n_browsers)
    browser = np.arange(len(person))
    n_groups = round(n_owners * SHARED_DEVICE_SHARE / _SHARING)
    sharing = rng.permutation(n_owners)[: n_groups * _SHARING]
    shared = len(browser) + np.repeat(np.arange(n_groups), _SHARING)
    shares = np.zeros(n_people, dtype=bool)
    shares[sharing] = True
    person, browser = np.append(person, sharing), np.append(browser, shared)
    by_person = np.argsort(person, kind="stable")
    return person[by_person], browser[by_person], shares
