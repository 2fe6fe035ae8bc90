"""What people read about an ask: the footer under an answer, and what is for the asker alone."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR
from typing import Any

from budget.ask import Result
from budget.asking.paying import Shortage
from budget.files.attachments import Attachment, Unread
from budget.money import Face, dollars, short_count, show
from budget.offer.pricing import Usage
from budget.outcome import No
from handlers.slack.wire.safe import escape
from store.payers import Payer

Block = dict[str, Any]
RETRY = "ask_retry"  # action id of the button that asks again


def usage_words(usage: Usage, *, estimated: bool) -> list[str]:
    """`12.0k in (75% cached)`, `0.8k out`: what the provider counted, or at most so many."""
    about = "≤ " if estimated else ""
    cached = ""
    if usage.input_tokens and usage.cache_read_tokens:
        cached = f" ({round(100 * usage.cache_read_tokens / usage.input_tokens)}% cached)"
    return [f"{about}{short_count(usage.input_tokens)} in{cached}", f"{about}{short_count(usage.output_tokens)} out"]


def footer(result: Result) -> Block:
    """One context line under an answer, for everybody: model, usage, cost, and who paid when it was not the asker."""
    cost = dollars(result.cost_micros) + (" (estimated)" if result.estimated else "")
    words = [escape(result.model)]
    if result.usage:
        words += usage_words(result.usage, estimated=result.estimated)
    words.append(cost)
    words += _paid_by(result)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": " · ".join(words)}]}


def _paid_by(result: Result) -> list[str]:
    """Who paid, where that was not the asker; and that the channel's project did not, where it should have."""
    paid = [] if result.payer.kind == "person" else [f"paid by {payer_name(result.payer)}"]
    project = next((each.payer for each in result.passed if each.payer.kind == "project"), None)
    return paid if project is None else [*(paid or ["paid by the asker"]), f"{payer_name(project)} has too little left"]


def payer_name(payer: Payer) -> str:
    """Who paid, in words, escaped."""
    if payer.kind == "person":
        return "your wallet"
    if payer.kind == "project":
        return f"the {escape(payer.name)} project"
    return f"the {escape(payer.name)} pool"


NOTES: Mapping[str, str] = {
    "capped": "The answer stops here because it reached its cap of {cap} output tokens.",
    "cut": "The answer broke off: the model's server stopped sending.",
    "timed_out": "The answer stops here because the model took too long.",
    "withheld": "The model's provider withheld the rest of the answer.",
    "cancelled": "The answer was stopped before its end.",
}


ELSEWHERE = "I could not write below your question any more, so the answer is here."


def notes(result: Result) -> list[str]:
    """What everybody should know about an answer that is not simply whole, and of files that were not read."""
    found = _unread(result.unread)
    if result.outcome in NOTES:
        found.append(NOTES[result.outcome].format(cap=f"{result.cap_tokens:,}"))
    if result.left_out:
        what = "The oldest message" if result.left_out == 1 else f"The {result.left_out} oldest messages"
        found.append(f"{what} of this thread did not fit and {'was' if result.left_out == 1 else 'were'} left out.")
    return found


def read_of(attachments: Sequence[Attachment], unread: Sequence[Unread], *, earlier: bool = False) -> list[str]:
    """What everybody should know of files that were read: in part, or (`earlier`) from up the thread."""
    missed = {each.name for each in unread}
    read = [each for each in attachments if not isinstance(each, Unread) and each.name not in missed]
    words = [f"Taken along from earlier in this thread: {_files(read)}."] if earlier and read else []
    words += [f"Of {_file(each)} I read {each.part}." for each in read if each.part]
    return _packed(words)


def _unread(unread: Sequence[Unread]) -> list[str]:
    """`I did not read big.zip: it is a binary file.`"""
    return _packed([f"I did not read {_file(each)}: {escape(each.reason)}." for each in unread])


def _packed(sentences: Sequence[str]) -> list[str]:
    """As few notes as will take them: a line under an answer has room for ten, and each for so many characters."""
    packed: list[str] = []
    for sentence in sentences:
        if packed and len(packed[-1]) + len(sentence) < NOTE_CHARS:
            packed[-1] += f" {sentence}"
        else:
            packed.append(sentence)
    return packed


def _files(each: Sequence[Attachment]) -> str:
    rest = f" and {len(each) - NAMED} more" if len(each) > NAMED else ""
    return ", ".join(map(_file, each[:NAMED])) + rest


def _file(each: Attachment) -> str:
    return f"*{escape(each.name)}*"


FAILURES: Mapping[str, str] = {
    "bad_secret": "The model's provider refused our key, so nothing was asked. Please tell an admin.",
    "unknown_model": "The provider does not know the model *{model}*. Choose another: `/tokens models` lists them.",
    "rate_limited": "The model's provider takes no more requests right now. Try again {when}.",
    "context_too_long": "This is longer than *{model}* can read. Ask with a shorter text, or in a new thread.",
    "content_refused": "The model's provider refused to answer this, by its own rules. Rephrasing may help.",
    "unreachable": "The model could not be reached. Try again {when}; if it stays so, tell an admin.",
    "server_fault": "The model's server had a fault. Try again {when}.",
    "timed_out": "The model did not answer in time. Try again {when}.",
    "cut": "The model's server broke off before it said anything. Try again {when}.",
    "cancelled": "This was stopped before the model said anything.",
    "interrupted": "I was restarted while the model was answering, and the rest of the answer was lost.",
    "database": "Your balance could not be checked, so the model was not asked. Try again {when}.",
    "answered": "The answer was given, but it could not be shown to you, and answers are not kept.",
    "no_words": "The model's answer had no words in it, so there is nothing to show. Rephrasing may help.",
    "only_thought": "The model used up its cap of output tokens before it said anything. A smaller question may help.",
    "withheld": "The model's provider withheld the whole answer, by its own rules. Rephrasing may help.",
    "spent": "The balance did not cover this question, so nothing was asked. Ask again to see what is missing.",
    "least": "There was less than must be there before a question is asked. Ask again to see what is missing.",
    "held": "Other asks that were still running held the tokens this question needed, so nothing was asked. Try again.",
    "no wallet": "You have no wallet to pay from yet, so nothing was asked. Ask again to see who can help.",
    "costly": "This may cost more than is spent unasked, so nothing was asked. Ask again to see how much, and decide.",
    "too dear": "This may cost more than a question may, by the company's policy. Ask again to see what would fit.",
    "not allowed": "The company's policy does not let you use that model. `/tokens models` lists those that it does.",
    "frozen": "Your questions are frozen, so nothing was asked. Ask again to see why, and who can lift that.",
    "left": "By the books you have left, so nothing was asked. If that is wrong, tell an admin.",
    "guest": "Guests ask nothing here until an admin lets them in, so nothing was asked.",
    "no model": "There is no model by that name, so nothing was asked. `/tokens models` lists them.",
    "too long": "This is longer than *{model}* can read. Shorten it and ask again.",
    "given_up": "I took this question up several times and could not finish it, so I have stopped trying.",
    "empty": "That came without a question. Write it in one message: `@stipend how do I undo the last commit?`",
    "only_files": "Tell me what you want to know about {files}: ask in the thread of that message, and I will read it.",
    "not_posted": "I could not post your question there, so nothing was asked. Ask it once more, “Only for me”.",
    "no_person": "I could not make out that you are a person of this workspace, so nothing was asked.",
    "fault": "Something went wrong on our side. Try again {when}; if it stays so, tell an admin the reference below.",
}
NOT_TAKEN = (
    "The books cannot be reached just now, so I could not take your question. It comes to me again a few times in the "
    "next five minutes; if I have not answered by then, please ask again. You were not charged."
)
NAMED = 3  # files by their names in one sentence
NOTE_CHARS = 2_500  # a text of Slack's takes 3,000
NO_WORDS: Mapping[str, str] = {"answered": "no_words", "capped": "only_thought", "withheld": "withheld"}
"""What to say of an answer that is nothing but blanks, by how it ended."""

NO_RETRY = frozenset({"empty", "only_files", "context_too_long", "unknown_model", "bad_secret", "not_posted"})


def failure(
    outcome: str,
    *,
    model: str | None,
    cost_micros: int,
    estimated: bool,
    retry_after_s: float | None = None,
    files: str = "",
) -> str:
    """A failed ask in words: what happened, what to do, what was charged. `files`: the names of what was attached."""
    when = f"in {max(1, round(retry_after_s))} seconds" if retry_after_s else "in a minute"
    sentence = FAILURES.get(outcome, FAILURES["fault"]).format(
        model=escape(model or "the model"), when=when, files=f"*{escape(files)}*" if files else "what you attached"
    )
    if outcome in ("empty", "only_files"):
        return sentence
    if not cost_micros:
        return f"{sentence} You were not charged."
    reason = ", an upper estimate: the provider's own count did not reach us" if estimated else ""
    return f"{sentence} It was charged {dollars(cost_micros)}{reason}."


def failure_blocks(text: str, *, ask_id: str, retry: bool, reference: bool = False) -> list[Block]:
    """The sentence, a button to ask again, and the reference that an admin can look up."""
    blocks: list[Block] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    if retry:
        button = {
            "type": "button",
            "action_id": RETRY,
            "value": ask_id,
            "text": {"type": "plain_text", "text": "Ask again"},
        }
        blocks.append({"type": "actions", "elements": [button]})
    if reference:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": f"Reference {escape(ask_id)}"}]})
    return blocks


def receipt(result: Result, face: Face, lasts: str | None) -> str:
    """For the asker alone: what it cost whom, what is left, and what that lasts for."""
    who = payer_name(result.payer)
    estimated = " (an upper estimate: the provider's own count did not reach us)" if result.estimated else ""
    words = [f"{dollars(result.cost_micros)} from {who}{estimated}{_instead_of(result)}."]
    if result.balance:
        words.append(f"Left: {show(result.balance.available_micros, face)}.")
    if lasts:
        words.append(lasts)
    if result.shrunk:
        theirs = "your balance" if result.payer.kind == "person" else f"the balance of {who}"
        words.append(f"The cap was lowered to {result.cap_tokens:,} output tokens: that is what {theirs} covered.")
    elif result.within_micros:
        most = f"no question may cost more than {dollars(result.within_micros)}"
        words.append(f"The cap was lowered to {result.cap_tokens:,} output tokens: {most}.")
    if result.overrun_micros:
        words.append(f"It cost {dollars(result.overrun_micros)} more than was available; the company's pool paid that.")
    return " ".join(words)


def _instead_of(result: Result) -> str:
    """`: the Apollo project has $0.00 left`"""
    passed = [f"{payer_name(each.payer)} has {_left(each)} left" for each in result.passed]
    return f": {' and '.join(passed)}" if passed else ""


def _left(passed: Shortage) -> str:
    return dollars(passed.balance.available_micros, ROUND_FLOOR)


def turned_away(no: No) -> str:
    """Why somebody cannot ask at all."""
    return f"{escape(no.sentence)} Nothing was asked."


def stopped(cost_micros: int, by: str | None = None, *, estimated: bool = True) -> str:
    """The note under an answer that was cut short: by someone with Slack's Stop button (their name), or a restart."""
    why = f"stopped by {escape(by)}" if by else "because the bot is shutting down"
    reason = ", an estimate on the high side: no provider counts an answer that is cut short" if estimated else ""
    return f"The answer stops here, {why}. It was charged {dollars(cost_micros)}{reason}."
