"""What simulated users write about: topics, their sentences, and who writes when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

# Relative weights of the hours 0 to 23.
_EVENING = (1, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 7, 12, 15, 15, 9, 5, 2)
_MORNING = (1, 1, 1, 1, 1, 2, 5, 11, 14, 12, 9, 7, 5, 4, 3, 3, 2, 2, 2, 2, 2, 2, 1, 1)
_OFFICE = (0, 0, 0, 0, 0, 0, 1, 4, 10, 13, 13, 11, 8, 9, 11, 11, 9, 5, 2, 1, 1, 1, 0, 0)
_EARLY = (2, 2, 3, 6, 10, 12, 10, 8, 6, 5, 4, 4, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 3, 2)
_NIGHT = (13, 12, 9, 6, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 3, 5, 7, 9, 12, 13)
_ANY_HOUR = (2, 1, 1, 1, 1, 1, 2, 4, 5, 5, 5, 5, 6, 6, 6, 6, 6, 7, 7, 6, 6, 5, 4, 3)


@dataclass(frozen=True)
class Topic:
    """A topic: how often it is written about, when, in which style, and the sentences.

    Attributes
    ----------
    name : str
    per_week : float
        Conversations a week of a user who rides.
    hours : tuple of 24 int
        Relative weights of the hours at which conversations begin.
    weekend : float
        Weight of a day at the weekend, relative to a workday.
    problems : tuple of str
        The first sentence is one of them.
    details, wishes : tuple of str
        Some of them follow.
    later : tuple of str
        What the user writes after an answer.
    answers : tuple of str
        What staff answer.
    exclaims : float
        Share of sentences that end with an exclamation mark.
    emojis : tuple of str
        One of them ends every second conversation.
    by_state : mapping of str to float
        How much more users in a state write about it; 1 if it is not named.
    last_weeks : int or None
        It is only written about in so many weeks at the end of the log.
    """

    name: str
    per_week: float
    hours: tuple[int, ...]
    weekend: float
    problems: tuple[str, ...]
    details: tuple[str, ...]
    wishes: tuple[str, ...]
    later: tuple[str, ...]
    answers: tuple[str, ...]
    exclaims: float = 0.05
    emojis: tuple[str, ...] = ()
    by_state: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    last_weeks: int | None = None


# The topic that users write about before they stop riding.
PRICE_TOPIC = "price"

TOPICS = (
    Topic(
        *(PRICE_TOPIC, 0.0014, _EVENING, 1.0),
        problems=(
            "The price of the same trip {when} was {amount}, much more than before",
            "Your fares became too expensive for me, {amount} to {place}",
            "Why does a ride to {place} cost {amount} now?",
            "I paid {amount} {when} and the bus to {place} costs two",
            "The fare went up again, from {amount} to {amount}",
            "Each time I open the app {when} the price is higher",
            "Surge pricing {when} made a short ride to {place} cost {amount}",
            "{amount} for ten minutes to {place} is too expensive",
            "Other companies take {amount} for a trip to {place}, you take {amount}",
            "The estimate said {amount} and the fare to {place} was {amount}",
        ),
        details=(
            "I cannot afford that price every week",
            "A year ago the same fare was nearly half",
            "My salary did not grow with your prices",
            "It is cheaper to park my own car at {place}",
            "There was no traffic and no rain, so why this fare",
            "My neighbour found a cheaper ride to {place} {when}",
            "I compared prices for {place} with two other apps",
            "The coupon made it only {amount} cheaper",
            "With two trips a day that is very expensive",
            "Nobody told me that the price per kilometre rises",
        ),
        wishes=(
            "Is there any discount for people who ride often?",
            "Please explain how this price is calculated",
            "If fares stay so expensive I will take the bus",
            "Do you have a cheaper monthly ticket?",
            "Could you lower the price to what it was?",
            "Otherwise I look for something cheaper",
            "Can I see the fare before I book?",
        ),
        later=(
            "That is still too expensive for a ride to {place}",
            "So the price will not go down?",
            "A discount of {amount} does not change much",
            "I will compare the fares again {when}",
            "Then I will use the cheaper one",
        ),
        answers=(
            "fares depend on demand at {place}",
            "the price is shown before you book",
            "we can offer a discount of {amount}",
        ),
    ),
    Topic(
        *("app_fault", 0.0015, _ANY_HOUR, 1.0),
        problems=(
            "The app crashes {when} as soon as I open the map",
            "After the update the screen stays white at {place}",
            "I press the button to confirm and the app freezes",
            "The map shows my position at {place}, but I am at {other}",
            "Notifications do not arrive any more on my phone",
            "The app closes itself {when} while I type the address",
            "My saved places disappeared from the app {when}",
            "Since the new version the list of trips does not load",
            "The app says no connection at {place}, but everything else works",
            "The search field does not find {place} any more",
        ),
        details=(
            "I already restarted the phone and installed the app again",
            "My system is up to date and the memory is not full",
            "It worked with the version before the update",
            "An error with the code {code} appears for a second",
            "It happens on my tablet as well, near {place}",
            "The loading circle turns for {minutes} minutes",
            "On the web page the same screen loads normally",
            "I sent the crash report {when}",
            "Dark mode makes the button invisible",
            "The bug came back {when} after one good day",
        ),
        wishes=(
            "When will there be an update that fixes the bug?",
            "How can I go back to the old version?",
            "Shall I send you a screenshot of the error?",
            "Please tell your developers",
            "What else can I try on my phone?",
            "Is it a known bug?",
        ),
        later=(
            "I cleared the cache and the app still crashes",
            "The error is now {code}",
            "Version installed, the screen loads again",
            "The screenshot shows the white screen at {place}",
        ),
        answers=(
            "please install the newest version of the app",
            "our developers look into the error {code}",
            "please clear the cache of the app",
        ),
        by_state=MappingProxyType({"heavy_regular": 1.5}),
    ),
    Topic(
        *("driver_praise", 0.0012, _EVENING, 2.0),
        problems=(
            "I want to praise {driver}, the driver who brought me to {place} {when}",
            "{driver} was the kindest driver I ever had",
            "What a friendly driver {when}, his name was {driver}",
            "Your driver {driver} waited for me at {place} with an umbrella",
            "Lovely ride to {place} {when} with {driver}",
            "{driver} helped my grandmother with the stairs at {place}",
            "Great music and great talk {when} with {driver}",
            "The driver {driver} carried all our bags at {place}",
            "Thanks to {driver} I caught my train at {place}",
        ),
        details=(
            "The car was spotless and smelled wonderful",
            "She drove calmly and knew every street near {place}",
            "He was polite, patient and funny",
            "We laughed all the way to {place}",
            "My kids loved the stories about {place}",
            "Such a safe and smooth drive",
            "Such politeness is rare {when}",
            "He even offered us water and sweets",
            "I felt welcome from the first minute",
        ),
        wishes=(
            "Please give {driver} my thanks",
            "People like that deserve a bonus",
            "Five stars are not enough",
            "I hope to ride with {driver} again",
            "Well done, keep such drivers",
            "Tell the team that I am delighted",
        ),
        later=(
            "Wonderful, say hello from the family at {place}",
            "Thank you so much for passing it on",
            "I am glad that {driver} hears about it",
        ),
        answers=(
            "we pass your praise on to {driver}",
            "{driver} will be happy to read this",
        ),
        exclaims=0.7,
        emojis=("😊", "👏", "❤️", "🌟"),
        by_state=MappingProxyType({"traveller": 1.5}),
    ),
    Topic(
        *("lost_item", 0.0011, _MORNING, 2.0),
        problems=(
            "I left my {thing} on the back seat {when}",
            "My {thing} is lost, I had it until the ride to {place}",
            "I forgot a {thing} in the car of {driver} {when}",
            "Did the driver {driver} find a {thing}? I got out at {place}",
            "My daughter lost her {thing} in your car near {place}",
            "A {thing} fell out of my pocket {when} between the seats",
            "I cannot find my {thing} since the trip to {place}",
            "There must be a {thing} in the boot of the car from {place}",
        ),
        details=(
            "It is black with a small scratch and my name inside",
            "It is worth little but it was a gift from my mother",
            "I sat on the right side behind the driver",
            "The plate of the car began with {code}",
            "I got out at {place} around {minutes} minutes past ten",
            "I called the phone but nobody picks up",
            "All my cards and keys depend on it",
            "I looked everywhere at home and at {place}",
            "It has a blue ribbon and a sticker on it",
        ),
        wishes=(
            "Can you contact the driver for me?",
            "Where is your lost property office?",
            "I pay a reward to whoever found it",
            "Please ask {driver} to look under the seat",
            "Could somebody bring it to {place}?",
            "How long do you keep lost things?",
        ),
        later=(
            "The {thing} was found, I pick it up at {place}",
            "He looked under the seat and found nothing",
            "I can come to {place} {when} to fetch it",
        ),
        answers=(
            "we asked {driver} to look for the {thing}",
            "lost things are kept at {place}",
        ),
        by_state=MappingProxyType({"weekend_partier": 3.0}),
    ),
    Topic(
        *("airport", 0.0011, _EARLY, 1.2),
        problems=(
            "My flight lands at {minutes} past five, who picks us up at the airport?",
            "I need a car to the airport {when} for four people and luggage",
            "The driver waited at the wrong terminal of the airport {when}",
            "Where is the pick-up point at terminal {digit}?",
            "Can I book the airport ride {when} before my flight?",
            "We nearly missed our flight {when} because the car came late",
            "My flight was delayed and the driver left the terminal",
            "Does an airport transfer from {place} include the toll?",
        ),
        details=(
            "We have three suitcases and a surfboard",
            "The plane comes from abroad, so passport control takes {minutes} minutes",
            "Gate and terminal changed {when}",
            "The signs in arrivals did not mention your company",
            "From {place} it takes {minutes} minutes without traffic",
            "Check-in closes one hour before departure",
            "There are two exits at arrivals, north and south",
            "My boarding pass says terminal {digit}",
            "We travel with a baby and need room for luggage",
        ),
        wishes=(
            "Will the driver see if the flight is late?",
            "Please confirm the pick-up at the terminal",
            "How early shall I book for a morning flight?",
            "Is there a bigger car for luggage?",
            "Which door of the terminal is best?",
        ),
        later=(
            "The plane landed, we wait at terminal {digit}",
            "Fine, then at arrivals, exit north",
            "The suitcases fit, thank you",
        ),
        answers=(
            "the driver follows your flight",
            "please go to the exit of terminal {digit}",
        ),
        by_state=MappingProxyType({"traveller": 6.0}),
    ),
    Topic(
        *("double_charge", 0.0013, _OFFICE, 0.5),
        problems=(
            "My card was charged twice for the ride {when}",
            "You took a cancellation fee of {amount}, although the driver cancelled",
            "I see two payments of {amount} on my bank statement",
            "The refund of {amount} that you promised has not arrived",
            "I paid {driver} in cash and the card was charged as well",
            "My bank shows a payment of {amount} that I do not know",
            "The voucher was not applied and my card paid {amount}",
            "Payment failed {when}, but the money left my account",
        ),
        details=(
            "The bank says the money went to you {when}",
            "The transaction has the number {code}",
            "I attach the statement of my credit card",
            "Both payments have the same date and time",
            "I cancelled after {minutes} seconds, that is within your rules",
            "My wallet balance is wrong by {amount}",
            "The receipt in my mail shows one payment only",
            "It is the second wrong payment this month",
        ),
        wishes=(
            "Please refund the second payment",
            "When do I get my money back?",
            "I want the fee returned to my card",
            "Otherwise my bank will reverse the payment",
            "Can you correct the transaction?",
        ),
        later=(
            "The refund of {amount} arrived, thank you",
            "My bank still shows both payments",
            "The last digits of the card are {code}",
        ),
        answers=(
            "the second payment will be refunded",
            "please send us the number of the transaction",
        ),
        by_state=MappingProxyType({"cash_saver": 0.3, "commuter": 1.5}),
    ),
    Topic(
        *("rude_driver", 0.0010, _NIGHT, 2.5),
        problems=(
            "The driver {driver} shouted at me {when}",
            "Your driver used his phone while driving to {place}",
            "{driver} drove far too fast {when}, I was scared",
            "The driver refused to go to {place} and left us in the street",
            "I waited {minutes} minutes at {place} and {driver} never came",
            "The driver smoked in the car {when}",
            "{driver} made rude remarks about my friend {when}",
            "The driver took a long way round {place} on purpose",
        ),
        details=(
            "He ran a red light near {place}",
            "I asked him twice to slow down and he laughed",
            "My friend felt unsafe and wanted to get out",
            "The seat belt in the back was broken",
            "There was nobody else in the street at that hour",
            "The car was dirty and smelled of smoke",
            "He called me names in front of others",
            "We had to walk home in the dark from {place}",
        ),
        wishes=(
            "Such a dangerous driver must not work for you",
            "I expect an apology",
            "Please make sure that I never get {driver} again",
            "What do you do about unsafe driving?",
            "I want to make a formal complaint",
        ),
        later=(
            "An apology is not enough, he was dangerous",
            "My friend saw how he behaved at {place}",
            "Will {driver} be suspended?",
        ),
        answers=(
            "we take unsafe driving seriously",
            "we will talk to {driver} about this",
        ),
        exclaims=0.35,
        by_state=MappingProxyType({"weekend_partier": 3.0}),
    ),
    Topic(
        *("invoice", 0.0009, _OFFICE, 0.1),
        problems=(
            "My company needs an invoice with the tax number for the trips of {when}",
            "How do I export receipts of a whole month for accounting?",
            "The invoice {code} has the wrong company name",
            "Please change the billing address on our business account to {place}",
            "Our accountant does not accept the receipt {code}",
            "I cannot add a cost centre to business trips",
            "The monthly statement for our employees is missing {when}",
            "Is VAT shown on receipts of the business profile?",
        ),
        details=(
            "We are a company with {minutes} employees who ride for work",
            "The tax office asks for the original document",
            "Our tax number is {code}",
            "Receipts as a table would save us hours",
            "The address must be the office at {place}",
            "Accounting closes the month {when}",
            "Personal and business trips are mixed in the report",
            "The purchase order is {code}",
        ),
        wishes=(
            "Kindly send the corrected invoice",
            "Please confirm the new billing address",
            "Could you issue one invoice per month?",
            "Who is our contact for business accounts?",
            "Kind regards from the accounting department",
        ),
        later=(
            "The corrected invoice arrived, thank you",
            "The tax number on the document is still wrong",
            "Please also add the cost centre {code}",
        ),
        answers=(
            "the corrected invoice is attached",
            "business accounts can export receipts as a table",
        ),
        by_state=MappingProxyType({"heavy_regular": 3.0, "commuter": 2.0}),
    ),
    Topic(
        *("login_code", 0.0035, _ANY_HOUR, 1.0),
        problems=(
            "The login code by text message does not arrive {when}",
            "I am locked out of my account since {when}, no code comes",
            "Your new login wants a code and my number is an old one",
            "The verification code {code} is refused as invalid",
            "I requested the code {digit} times and got none",
            "Two-step login does not work with my foreign number",
        ),
        details=(
            "My number is correct and other texts arrive",
            "The code comes after {minutes} minutes, when it has expired",
            "I cannot sign in to delete the old number",
            "The page says too many attempts, try later",
            "I am at {place} without a car because of this login",
            "A call with the code did not come either",
        ),
        wishes=(
            "Please unlock my account",
            "Can you send the code by mail instead?",
            "How do I sign in without the code?",
            "Please turn the two-step login off for me",
        ),
        later=(
            "A code arrived now and I am signed in",
            "Still locked out, still no code",
        ),
        answers=(
            "we sent a new login code",
            "your account is unlocked again",
        ),
        last_weeks=4,
    ),
)

OPENINGS = (
    *("Hello", "Hi", "Good morning", "Good evening", "Dear team", "Hi there", "Hey"),
    *("Dear support", "Hello everybody", "To whom it may concern"),
)
CLOSINGS = (
    *("Thanks", "Thank you", "Best regards", "Kind regards", "Cheers", "Bye"),
    *("Looking forward to your answer", "Many thanks", "Greetings", "See you"),
)
SLOTS = {
    "when": (
        *("yesterday", "last night", "this morning", "on Friday", "on Sunday"),
        *("two days ago", "last week", "after work", "on the way home", "at noon"),
        *("after the concert", "on Monday", "at the weekend", "before dinner"),
    ),
    "place": (
        *("the station", "the harbour", "the old town", "the hospital", "my office"),
        *(
            "the university",
            "the market hall",
            "the stadium",
            "the museum",
            "the beach",
        ),
        *("the city centre", "the theatre", "my parents", "the hotel", "the park"),
    ),
    "other": ("the river", "the church", "the bridge", "the forest", "the next town"),
    "driver": (
        *("Marta", "Joaquim", "Omar", "Elena", "Pedro", "Aisha", "Tomasz", "Lucia"),
        *("Kwame", "Bianca", "Rafael", "Nadia", "Stefan", "Carmen", "Diego", "Priya"),
    ),
    "thing": (
        *("wallet", "umbrella", "phone", "scarf", "laptop", "backpack", "jacket"),
        *("camera", "bunch of keys", "guitar", "purse", "pair of glasses", "tablet"),
    ),
}
# Letters that many people send, filled with other words.
CAMPAIGN_LETTERS = (
    "Dear team, I support the petition for night buses to {name}. My number is {code}",
    "I vote for car-free Sundays in {name}, as user {code} of your service",
    "Please sponsor the city run in {name}, start number {code}, see {link}",
)
# What a hotel's booking system sends in its guests' name.
BOOKING_LETTER = (
    "Guest {name}, room {code}, wants a car at {code}. Confirm it at {link}"
)
# What the ticket system says.
NOTICE = "Your request has the number {code}. We answer within {digit} hours"
SHORT_WORDS = (
    *("ok", "thanks", "👍", "yes please", "no", "good", "hello?", "not good", "5", "?"),
)
CITY_NAMES = ("Madrid", "London", "Recife", "Tijuana", "Barcelona", "Manchester")
