from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_roles_and_cache"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("signed_in", "signed in"),
                    ("sign_in_failed", "sign-in failed"),
                    ("signed_out", "signed out"),
                    ("job_created", "upload job created"),
                    ("item_received", "file received"),
                    ("item_refused", "file refused"),
                    ("item_failed", "file could not be processed"),
                    ("item_requeued", "file queued again"),
                    ("image_stored", "image stored"),
                    ("image_viewed", "image page viewed"),
                    ("image_read", "image bytes read"),
                    ("image_downloaded", "image downloaded"),
                    ("image_changed", "image changed"),
                    ("image_edited", "image edited"),
                    ("image_edit_failed", "edit could not be rendered"),
                    ("image_deleted", "image deleted"),
                    ("grade_given", "grade given"),
                    ("exported", "exported"),
                    ("quota_changed", "quota changed"),
                    ("quota_reset", "upload count reset"),
                    ("record_added", "record added"),
                    ("record_changed", "record changed"),
                    ("record_deleted", "record deleted"),
                    ("access_denied", "access denied"),
                    ("hash_conflict", "same MD5, different content"),
                ],
                db_index=True,
                max_length=32,
            ),
        ),
    ]
