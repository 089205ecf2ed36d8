import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import uploads.models.images


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles_and_cache"),
        ("jobs", "0002_item_leased_by"),
        ("uploads", "0002_reference_data"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NameWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "word",
                        "image_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("word", models.CharField(max_length=64)),
                ("image_id", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="day",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="edited",
            field=models.FileField(blank=True, editable=False, max_length=120, upload_to=""),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="edited_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="edited_mime_type",
            field=models.CharField(blank=True, editable=False, max_length=20),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="edited_sha256",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="edited_thumbnail",
            field=models.FileField(blank=True, editable=False, max_length=120, upload_to=""),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="graded",
            field=models.BooleanField(default=False, editable=False, verbose_name="graded"),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="name_words",
            field=models.TextField(default="", editable=False),
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="gradelevel",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="created_at",
            field=models.DateTimeField(default=django.utils.timezone.now, editable=False),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="lab_unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="images",
                to="accounts.labunit",
            ),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="laterality",
            field=models.CharField(
                choices=[("OD", "Right eye"), ("OS", "Left eye"), ("OU", "Both eyes")],
                max_length=2,
                verbose_name="area",
            ),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="mydriatic",
            field=models.BooleanField(default=False, verbose_name="mydriatic"),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="pregraded",
            field=models.BooleanField(default=False, verbose_name="pre-graded"),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="uploaded_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="images",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("made_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("changes", models.JSONField(default=dict)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_edits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bulk_edits_undone",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="BulkEditRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("image_public_id", models.UUIDField()),
                ("filename", models.CharField(max_length=255)),
                ("before", models.JSONField(default=dict)),
                ("version", models.PositiveIntegerField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("restored", "Restored"),
                            ("changed", "Changed since, left as it is"),
                            ("deleted", "Deleted since"),
                            ("not_yours", "Not yours to change, left as it is"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "edit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="uploads.bulkedit",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="uploads.fundusimage",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Grade",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                ("seen_sha256", models.CharField(max_length=64)),
                ("imported", models.BooleanField(default=False, verbose_name="imported")),
                (
                    "given_at",
                    models.DateTimeField(default=django.utils.timezone.now, editable=False),
                ),
                (
                    "disease",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="uploads.disease",
                    ),
                ),
                (
                    "grader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="grades",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grades",
                        to="uploads.fundusimage",
                    ),
                ),
                (
                    "level",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="uploads.gradelevel",
                    ),
                ),
                (
                    "scale",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="uploads.gradescale",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="ImageTotal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "laterality",
                    models.CharField(
                        choices=[("OD", "Right eye"), ("OS", "Left eye"), ("OU", "Both eyes")],
                        max_length=2,
                    ),
                ),
                ("mydriatic", models.BooleanField()),
                ("pregraded", models.BooleanField()),
                ("graded", models.BooleanField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("stored_bytes", models.BigIntegerField(default=0)),
                (
                    "camera",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="uploads.camera",
                    ),
                ),
                (
                    "disease",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="uploads.disease",
                    ),
                ),
                (
                    "lab_unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.labunit",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImageTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                (
                    "laterality",
                    models.CharField(
                        choices=[("OD", "Right eye"), ("OS", "Left eye"), ("OU", "Both eyes")],
                        max_length=2,
                    ),
                ),
                ("mydriatic", models.BooleanField()),
                ("pregraded", models.BooleanField()),
                ("graded", models.BooleanField()),
                ("count", models.PositiveIntegerField(default=0)),
                ("stored_bytes", models.BigIntegerField(default=0)),
                (
                    "camera",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="uploads.camera",
                    ),
                ),
                (
                    "disease",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="uploads.disease",
                    ),
                ),
                (
                    "lab_unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.labunit",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "total",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tallies",
                        to="uploads.imagetotal",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "image tallies",
            },
        ),
        migrations.AddField(
            model_name="fundusimage",
            name="tally",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="images",
                to="uploads.imagetally",
            ),
        ),
        migrations.AddIndex(
            model_name="fundusimage",
            index=models.Index(fields=["tally", "-created_at", "-id"], name="image_of_tally"),
        ),
        migrations.AddIndex(
            model_name="fundusimage",
            index=models.Index(
                uploads.models.images.NameHead("name_words"),
                condition=models.Q(("pregraded", True)),
                name="image_pregraded_name",
            ),
        ),
        migrations.AddIndex(
            model_name="grade",
            index=models.Index(fields=["-given_at", "-id"], name="grade_newest"),
        ),
        migrations.AddConstraint(
            model_name="imagetally",
            constraint=models.UniqueConstraint(
                fields=(
                    "day",
                    "lab_unit",
                    "uploaded_by",
                    "camera",
                    "disease",
                    "laterality",
                    "mydriatic",
                    "pregraded",
                    "graded",
                ),
                name="tally_once_a_day_and_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="imagetotal",
            constraint=models.UniqueConstraint(
                fields=(
                    "lab_unit",
                    "uploaded_by",
                    "camera",
                    "disease",
                    "laterality",
                    "mydriatic",
                    "pregraded",
                    "graded",
                ),
                name="total_once_a_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="imagetally",
            index=models.Index(fields=["lab_unit", "day"], name="tally_of_lab_unit"),
        ),
        migrations.CreateModel(
            name="ImageEdit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("recipe", models.JSONField(default=dict)),
                ("restores", models.PositiveIntegerField(null=True)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Queued"),
                            ("processing", "Rendering"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                            ("superseded", "Replaced before it was rendered"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("enqueued_at", models.DateTimeField(auto_now_add=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("result_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="image_edits",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="edits",
                        to="uploads.fundusimage",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "processing"])),
                        fields=["state", "enqueued_at"],
                        name="edit_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("image", "number"), name="edit_number_once_an_image"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "processing", "done", "failed", "superseded"])
                        ),
                        name="edit_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FileCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("started_at", models.DateTimeField(auto_now_add=True, verbose_name="started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="finished")),
                ("scheduled", models.BooleanField(default=False, verbose_name="by the clock")),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=100, verbose_name="percent of the images"
                    ),
                ),
                (
                    "total",
                    models.PositiveIntegerField(default=0, verbose_name="images at the start"),
                ),
                ("after_image", models.BigIntegerField(default=0)),
                ("images_done", models.BooleanField(default=False)),
                ("after_key", models.TextField(blank=True)),
                ("images", models.PositiveIntegerField(default=0, verbose_name="images verified")),
                ("missing", models.PositiveIntegerField(default=0, verbose_name="missing")),
                ("altered", models.PositiveIntegerField(default=0, verbose_name="altered")),
                ("unreadable", models.PositiveIntegerField(default=0, verbose_name="unreadable")),
                ("orphaned", models.PositiveIntegerField(default=0, verbose_name="orphaned")),
                ("lease_until", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "verification of files",
                "verbose_name_plural": "verifications of files",
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("finished_at", None), ("scheduled", True)),
                        fields=("scheduled",),
                        name="one_scheduled_check_at_a_time",
                    )
                ],
            },
        ),
    ]
