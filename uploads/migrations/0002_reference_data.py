from django.db import migrations

AREAS = (("OD", "Right eye"), ("OS", "Left eye"), ("OU", "Both eyes"))
CAMERAS = (
    ("Canon CR-2 AF", "Canon", "CR-2 AF"),
    ("Kowa VX-10α", "KOWA", "VX-10a"),
    ("Nidek AFC-330", "NIDEK", "AFC-330"),
    ("Optomed Aurora", "Optomed", "Aurora"),
    ("Topcon TRC-NW400", "TOPCON", "TRC-NW400"),
    ("Zeiss VISUCAM 500", "Carl Zeiss Meditec", "VISUCAM 500"),
)
UNGRADABLE = ("U", "Ungradable")
SCALES = {
    "DR": (
        "ICDR",
        (
            ("0", "No apparent retinopathy"),
            ("1", "Mild non-proliferative"),
            ("2", "Moderate non-proliferative"),
            ("3", "Severe non-proliferative"),
            ("4", "Proliferative"),
        ),
    ),
    "Glaucoma": (
        "Glaucoma",
        (("none", "None"), ("suspect", "Suspect"), ("glaucoma", "Glaucoma")),
    ),
    "AMD": (
        "AMD",
        (("none", "None"), ("early", "Early"), ("intermediate", "Intermediate"), ("late", "Late")),
    ),
}


def add(apps, schema_editor):
    model = lambda name: apps.get_model("uploads", name)  # noqa: E731
    for position, (laterality, label) in enumerate(AREAS):
        defaults = {"label": label, "position": position}
        model("Area").objects.get_or_create(laterality=laterality, defaults=defaults)
    for name, make, camera in CAMERAS:
        model("Camera").objects.get_or_create(name=name, defaults={"make": make, "model": camera})
    for position, (disease, (scale, levels)) in enumerate(SCALES.items()):
        kept, _ = model("Disease").objects.get_or_create(
            name=disease, defaults={"position": position}
        )
        graded, _ = model("GradeScale").objects.get_or_create(disease=kept, name=scale)
        for step, (value, label) in enumerate((*levels, UNGRADABLE)):
            model("GradeLevel").objects.get_or_create(
                scale=graded, value=value, defaults={"label": label, "position": step}
            )


class Migration(migrations.Migration):
    dependencies = [("uploads", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
