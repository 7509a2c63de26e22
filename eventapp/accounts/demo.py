"""The logins of the demo. They exist where the demo was loaded and nowhere else."""

DEMO_PASSWORD = "partner-demo-2027"  # noqa: S105 - known to everybody, and refused in production
# Address and what the login is for, in the order of the sign-in page.
DEMO_LOGINS = (
    ("olivia.organizer@karmin.example", "Organizer"),
    ("petra.huber@donau-systemhaus.example", "Donau Systemhaus, Advanced"),
    ("anton.gruber@alpen-distribution.example", "Alpen Distribution, a distributor"),
    ("akosua.mensah@accra-cloud.example", "Accra Cloud Partners, Ready"),
    ("mona.manager@karmin.example", "Partner manager, DACH"),
    ("henrik.dahl@karmin.example", "Executive sponsor, signs joint plans"),
    ("milan.novak@karmin.example", "Presales, signs joint plans"),
    ("lukas.maier@donau-systemhaus.example", "Donau Systemhaus, executive sponsor"),
    ("omer.yildiz@donau-systemhaus.example", "Donau Systemhaus, presales"),
    ("theo.trainer@karmin.example", "Trainer"),
    ("aron.auditor@karmin.example", "Auditor"),
    ("sam.admin@karmin.example", "System admin"),
)
