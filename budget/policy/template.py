"""What a form starts with where no policy was ever set: every key with what holds without it, as comments."""

TEMPLATE = """\
# Whatever is left out is as written here. Take the # away to change a line.
# Amounts: "$20" (dollars), "250k" (tokens), 0 (none).

[starter]  # for whoever comes for the first time
# grant = "$5"  # left out: what STIPEND_STARTER_GRANT says

[send]  # of one's own, to others
# who = "anyone"  # "anyone", "team" or "nobody"
# most_a_month = "$25"  # for each person

[requests]  # for more
# approver = "manager"  # "manager" (then who is above) or "admins"
# small = 0  # so much at most is granted at once, ...
# small_a_month = 0  # ... up to so much a month for each person
# lapse_days = 7  # 1 to 90
# remind_days = 2  # before it lapses; 0: no reminder

[moves]  # grants and moves
# confirm_above = "$100"  # asked once more; 0: always
# undo_hours = 24  # how long they can be taken back; 0: never

[ask]  # questions
# least = 0  # so much must be there
# most = 0  # none costs more; 0: no bound

[models]  # which answer
# allowed = []  # like ["mini", "big"]; []: all

[models.teams]  # instead of that, for the people of a team
# Platform = ["mini", "big"]

[pools]  # does a team's pool pay when somebody's own is used up?
# fallback = "always"  # "always", "ask" (by a click) or "never"

[leaving]  # what somebody has when they leave
# vested = "return"  # "return", or "keep" for some days
# grace_days = 30  # 0 to 366

[guests]  # and people of other organisations
# allowed = false  # true: without an admin's word on each

[allowances]
# missed = "pay"  # periods while nothing ran: "pay" or "skip"
# order = "joined"  # "joined", "name" or "poorest" first

[privacy]
# floor = 5  # smaller groups are never shown; 3 to 1000
"""
