"""A channel's settings, as everybody there may see them."""

from budget.org.channels import ChannelSeen, Following
from handlers.slack.views.models import typical
from handlers.slack.views.pieces import Reply, context, example, said
from handlers.slack.wire.safe import escape
from store.channels import ChannelSettings
from store.projects import Project

ONLY_THERE = "That is about one channel, and this is a direct message: type it in the channel that it is for."
NOT_THERE = "I am not in that channel: invite me with `/invite` first."
FOLLOWED = "answered without a mention, when their author has asked me in that thread before"
NOT_FOLLOWED = "answered when I am mentioned, not otherwise"


def channel(seen: ChannelSeen) -> Reply:
    """`/tokens channel`."""
    settings = seen.settings
    facts = {
        "Team": f"*{escape(seen.team.name)}*" if seen.team else "none",
        "Questions are paid by": project_words(seen.project),
        "Model": model_words(seen),
        "Replies in threads": FOLLOWED if settings.follow_threads else NOT_FOLLOWED,
        "Instructions of its own": "yes; `/tokens prompt` shows them" if settings.instructions else "none",
    }
    sentences = [f"*<#{settings.channel_id}>*", *(f"• {name}: {value}" for name, value in facts.items()), who(seen)]
    commands = [context("You can: " + " · ".join(map(example, can_do(settings))))] if seen.may else []
    return said(sentences, commands)


def can_do(settings: ChannelSettings) -> list[str]:
    """The commands that would change something here."""
    back = ["model default in channel"] if settings.model else []
    return ["model NAME in channel", *back, f"channel follow {'off' if settings.follow_threads else 'on'}"]


def project_words(project: Project | None) -> str:
    """Who pays for what is asked here."""
    if project is None:
        return "whoever asks"
    return f"the *{escape(project.name)}* project; by whoever asks, when its pool is empty"


def model_words(seen: ChannelSeen) -> str:
    """What answers here."""
    if seen.model:
        return f"*{escape(seen.model.name)}* for everybody, {typical(seen.model)}"
    if seen.settings.model:
        return f"each asker's own, since *{escape(seen.settings.model)}* is no longer on offer"
    return "each asker's own"


def who(seen: ChannelSeen) -> str:
    """Who decides."""
    deciding = " or ".join([*map(escape, seen.managers), "an admin"])
    return f"The model and the replies are for {deciding} to change; instructions are for admins."


def following(done: Following) -> Reply:
    """`/tokens channel follow on|off`."""
    since, how = ", as before" if done.same else " from now on", FOLLOWED if done.on else NOT_FOLLOWED
    return said([f"In <#{done.channel_id}>{since}: replies in threads are {how}."])
