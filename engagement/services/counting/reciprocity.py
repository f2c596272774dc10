"""Who began, and who answered: what makes an exchange go both ways."""

from __future__ import annotations

from engagement.services.counting.slicing import ANY_LINE, LINE, NOBODY_ONCE, sums_of

# Days in which an answer counts as one, as for the stage (stages.ANSWERED_WITHIN).
DAYS = 60
# Our own answers and reminders ask for nothing back.
ASKS_NOTHING = "('reply_answered', 'complaint_resolved', 'check_in_reminder', 'check_in_again')"
TALKS = "('desk_talk', 'phone_call')"
# Contacts of ours whose days for an answer ended in the period.
OURS_DAYS = f"line.day BETWEEN %(first)s - {DAYS} AND least(%(last)s, (%(now)s)::date - 1) - {DAYS}"
OURS = f"{ANY_LINE} WHERE {OURS_DAYS} AND started_by = 'library' AND kind NOT IN {ASKS_NOTHING}"
OPENINGS = "('request', 'proactive_letter', 'complaint', 'library_suggestion')"

# answered:yes, no, unmeasured: contacts of ours whose days for an answer ended in the period, so that a count never
# changes afterwards and nobody is called silent too early. A talk says itself whether the reader took part; anything
# written is answered by a line of the reader in the same thread, which only readers with a profile have.
ANSWERED = sums_of(
    f"""
SELECT 'answered:' || CASE
        WHEN kind IN {TALKS} THEN CASE WHEN substr(tests, 2, 1) = 'y' THEN 'yes' ELSE 'no' END
        WHEN ours.thread IS NULL THEN 'unmeasured'
        WHEN EXISTS (SELECT 1 FROM engagement_interaction AS theirs
            WHERE theirs.patron_id = ours.patron_id AND theirs.thread = ours.thread AND theirs.started_by = 'patron'
                AND theirs.at > ours.at AND theirs.at <= ours.at + interval '{DAYS} days') THEN 'yes'
        ELSE 'no' END AS measure,
    1 AS amount, person, patron_id, day, branch, audience, language, kind = 'letter' AS once
FROM ({OURS}) AS ours
""",  # noqa: S608  (fixed words)
    nobody=NOBODY_ONCE,
)
# threads:patron, library: exchanges by who began them. One line alone says so, with a profile or without: a request,
# a letter nobody had asked for, a complaint, a suggestion, and a talk that did not go on from an earlier one.
THREADS = sums_of(
    f"""
SELECT 'threads:' || started_by AS measure, 1 AS amount, person, patron_id, day, branch, audience, language,
    kind = 'request' AS once
FROM ({LINE} AND (kind IN {OPENINGS} OR (kind IN {TALKS} AND substr(tests, 4, 1) = 'n'))) AS line
""",  # noqa: S608  (fixed words)
    nobody=NOBODY_ONCE,
)
