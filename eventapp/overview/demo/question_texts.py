"""The questions that the demo's courses ask, what exercises are marked by, and what people say afterwards."""

from typing import NamedTuple


class QuestionText(NamedTuple):
    """A question with its right options, then the wrong ones, and why."""

    text: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]
    why: str


QUESTIONS: dict[str, tuple[QuestionText, ...]] = {
    "COR-101": (
        QuestionText(
            "Which part of Karmin Core keeps the state of a cluster?",
            ("The ledger",),
            ("The gateway", "The agent on each node", "The console"),
            "Every change is written to the ledger first; agents and console only read it.",
        ),
        QuestionText(
            "How many ledger nodes does a cluster need that is to survive the loss of one?",
            ("Three",),
            ("One", "Two", "Four"),
            "A majority has to be left: two of three. With two nodes, the loss of one stops both.",
        ),
        QuestionText(
            "A node is shown as “silent”. What do you look at first?",
            ("Whether its agent still runs and reaches the gateway",),
            ("Whether the licence has expired", "Whether the console is up to date", "Whether the ledger is full"),
            "Silent only says that the agent has not reported for 30 seconds.",
        ),
        QuestionText(
            "What has to be there before an upgrade begins?",
            ("A backup that was restored once for a test", "A ledger without pending changes"),
            ("A second cluster of the same size", "A support contract for the night"),
            "A backup that nobody has restored is a hope; and pending changes stop the upgrade half-way.",
        ),
        QuestionText(
            "Where do you change what a role may do?",
            ("In the policy file, which is reviewed like code",),
            ("In the console, for each user", "On each node", "In the directory of the customer"),
            "Users come from the directory, what roles may do stands in the policy.",
        ),
        QuestionText(
            "What does the command “core drain” do?",
            ("It moves the work of a node elsewhere and takes no new one",),
            ("It deletes a node", "It empties the log", "It restarts the agent"),
            "Drain before every repair; “core remove” takes the node out afterwards.",
        ),
        QuestionText(
            "Which of these belong into a support request?",
            ("The bundle of “core collect”", "What was changed in the last 24 hours"),
            ("The customer's passwords", "A screenshot of the price list"),
            "The bundle has logs without secrets; most faults follow a change.",
        ),
        QuestionText(
            "How long are metrics kept if nobody changes it?",
            ("30 days",),
            ("7 days", "One year", "Until the disk is full"),
            "Longer needs the archive, which is configured for each cluster.",
        ),
        QuestionText(
            "Who may approve an emergency change by the default policy?",
            ("Two people of the role operator",),
            ("Any administrator", "The customer's manager", "Nobody"),
            "Four eyes, also at night; both names stand in the ledger.",
        ),
        QuestionText(
            "What is true of the gateway?",
            ("It can be doubled behind a load balancer",),
            ("It keeps data", "It has to run on a ledger node", "It needs a licence of its own"),
            "It keeps nothing, so any number of them is right.",
        ),
    ),
    "COR-201": (
        QuestionText(
            "Writes become slow, reads do not. Where do you look first?",
            ("At the disks of the ledger's leader",),
            ("At the network to the console", "At the agents", "At the size of the policy"),
            "A write is done when the majority has it on disk.",
        ),
        QuestionText(
            "Which numbers tell that the ledger's majority is in danger?",
            ("Time since the last heartbeat", "Elections in the last hour"),
            ("Users signed in", "Size of the backup"),
            "Missing heartbeats and frequent elections come before the loss of the majority.",
        ),
        QuestionText(
            "After a split of the network both halves show a leader. Which one takes writes?",
            ("The one with the majority of nodes",),
            ("The older one", "Both", "The one with the console"),
            "The other half refuses writes, whatever its old leader thinks.",
        ),
        QuestionText(
            "A customer wants to restore one deleted tenant. What do you do?",
            ("Restore the backup beside, and copy the tenant over",),
            ("Restore the whole cluster", "Edit the ledger by hand", "Ask them to start anew"),
            "The rest of the cluster has gone on since.",
        ),
        QuestionText(
            "How do you roll a bad policy back?",
            ("Apply the version before; it is a change like any other",),
            ("Delete it on each node", "Restart the ledger", "Restore the last backup"),
            "Policies have versions, and going back is going forward to an old one.",
        ),
        QuestionText(
            "What may be done while a node is drained?",
            ("Replace its disks", "Upgrade its system"),
            ("Count it for the majority", "Schedule new work on it"),
            "It is still a member, but carries nothing.",
        ),
        QuestionText(
            "Which upgrade order is right?",
            ("Ledger, gateway, agents",),
            ("Agents, ledger, gateway", "Gateway, agents, ledger", "All at once"),
            "New ledgers speak with old agents, never the other way round.",
        ),
        QuestionText(
            "Where do you see who changed a tenant's quota last month?",
            ("In the ledger's history, by tenant",),
            ("In the agents' logs", "Nowhere: metrics are kept for 30 days", "In the support portal"),
            "The history is kept for good; metrics are another matter.",
        ),
    ),
    "VLT-201": (
        QuestionText(
            "What does Karmin Vault never keep?",
            ("The master key in clear",),
            ("Access logs", "Old versions of secrets", "Names of secrets"),
            "It is split among key holders, and put together in memory only.",
        ),
        QuestionText(
            "How many of five key holders does the usual set-up need to unseal?",
            ("Three",),
            ("One", "Two", "Five"),
            "Three of five: two may be on holiday, and two alone can do nothing.",
        ),
        QuestionText(
            "A service shall read one secret. What do you give it?",
            ("A role that may read this path, with a short-lived token",),
            ("The secret in its configuration", "The administrator's token", "A copy of the vault"),
            "The narrowest role for the shortest time.",
        ),
        QuestionText(
            "A token has leaked. What do you do, and in which order?",
            ("Revoke it, rotate what it could read, then look at the log",),
            ("Look at the log, then revoke", "Wait until it expires", "Restart the vault"),
            "Every minute counts; the log does not run away.",
        ),
        QuestionText(
            "Which secrets can the vault renew by itself?",
            ("Database passwords", "Certificates of its own authority"),
            ("Passwords of people", "Licence keys"),
            "It renews what it issues.",
        ),
        QuestionText(
            "Where may backups of the vault lie?",
            ("Anywhere: they are encrypted with keys that are not in them",),
            ("Only on the vault itself", "Only in a safe", "Nowhere"),
            "But keep them apart from the key holders' parts all the same.",
        ),
        QuestionText(
            "What does “sealed” mean?",
            ("It runs, but answers no request for secrets",),
            ("It is switched off", "It is read-only", "It is being upgraded"),
            "After each start it waits for the key holders.",
        ),
        QuestionText(
            "How do you prove to an auditor who read a secret?",
            ("By the audit log with its chain of hashes",),
            ("By the metrics", "By asking the team", "By the backup"),
            "A gap in the chain shows that something was taken out.",
        ),
    ),
    "SAL-101": (
        QuestionText(
            "Who is the first person to talk to at a new customer?",
            ("Whoever has the problem, and can say what it costs",),
            ("Whoever signs", "Whoever answers the phone", "The data protection officer"),
            "Without a problem that costs something there is no project, whoever signs.",
        ),
        QuestionText(
            "What is Karmin Core sold by?",
            ("Nodes under management",),
            ("Users", "Processors", "Terabytes"),
            "So customers can try with a few nodes and grow.",
        ),
        QuestionText(
            "A customer asks for a reference. What do you do?",
            ("Ask the partner desk, which asks the reference first",),
            ("Name the largest one you know", "Send the slide with all logos", "Say that all are secret"),
            "A reference that is called without being asked is the last one.",
        ),
        QuestionText(
            "When do you register a deal?",
            ("As soon as customer, need and date are known",),
            ("After the signature", "When a competitor appears", "At the end of the quarter"),
            "The first partner with all three has the protection.",
        ),
        QuestionText(
            "Which questions open a conversation?",
            ("What happens when this stops for an hour?", "Who gets up at night for it?"),
            ("Do you have budget?", "May I show you all functions?"),
            "They are about the customer, and cannot be answered by yes or no.",
        ),
        QuestionText(
            "The customer says: “We have built that ourselves.” You say:",
            ("“What does it cost you to keep it running?”",),
            ("“That will not scale.”", "“Everybody buys it today.”", "“Then we have nothing for you.”"),
            "They are proud of it, rightly. The cost is in the years after.",
        ),
        QuestionText(
            "What may you promise about the next version?",
            ("What stands in the published plan",),
            ("What the developers told you", "What the customer needs", "Anything but the date"),
            "A promise binds us both; what is not published may never come.",
        ),
        QuestionText(
            "Who makes the technical proof at the customer?",
            ("A certified engineer of yours, or one of ours together with you",),
            ("The customer alone", "Sales", "Nobody, the demo is enough"),
            "A proof without somebody who knows the product proves the opposite.",
        ),
        QuestionText(
            "What comes with every subscription?",
            ("Updates and support by ticket",),
            ("A consultant for a week", "Training for all users", "Hardware"),
            "Everything else is yours to sell.",
        ),
    ),
}

# Name, what to look for, points at most and at least.
RUBRICS: dict[str, tuple[tuple[str, str, int, int], ...]] = {
    "VPS-101": (
        ("Structure", "Begins with the customer's problem, ends with what the customer is asked to do.", 10, 4),
        ("Voice", "Pace, pauses, no reading from the screen.", 10, 4),
        ("Picture and sound", "Face in the light, eyes in the upper third, no echo.", 5, 2),
        ("Demo", "One thing, live, and told before it is shown.", 5, 0),
    ),
    "COR-301": (
        ("Narrowing down", "Says aloud what is ruled out and why.", 10, 5),
        ("Repair", "The cluster is whole again, and nothing else is broken.", 10, 5),
        ("Handover", "What was done stands in the ledger and in the ticket.", 5, 0),
    ),
    "PRE-301": (
        ("Needs", "Asks before showing anything.", 10, 4),
        ("Architecture", "Fits what the customer said, and names what it leaves open.", 10, 5),
        ("Objections", "Answers what was asked, not what was expected.", 5, 0),
    ),
}
PRAISE = (
    "Clear and calm. I would buy.",
    "Strong beginning. Look into the camera when you ask for the next step.",
    "Very good pace. The demo could be half as long.",
    "You explain well what you do. Leave longer pauses.",
)
BLAME = (
    "The demo begins before we know why. Try again with the problem first.",
    "I could hardly hear you: get closer to the microphone.",
)
COMMENTS = (
    "The labs were the best part. More of them, please.",
    "The trainer took every question seriously, also the silly ones of mine.",
    "A bit fast after lunch.",
    "Finally somebody explained why, not only how.",
    "Sound dropped twice, otherwise fine.",
    "I would have liked the slides before the course.",
    "Good mix of people from different companies.",
    "Too much about licences for engineers.",
    "The exercise on video was uncomfortable and useful.",
    "Three hours on video are enough; two days would be too much.",
    "Gut aufgebaut, bitte auch auf Deutsch anbieten.",
    "Très bon rythme, exemples concrets.",
    "The room was cold.",
    "I passed the questions on to our sales team.",
)
USES = (
    "We drain nodes before every repair now. Should have done so for years.",
    "Used the questions in two meetings; one of them is an offer now.",
    "No time yet: our migration comes first.",
    "My recordings are better, says my team.",
    "The runbook of the course is our runbook.",
)
