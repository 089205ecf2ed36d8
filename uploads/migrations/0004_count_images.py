from django.db import migrations
from django.utils import timezone

from uploads.filenames import search_words

KIND = (
    "lab_unit_id",
    "uploaded_by_id",
    "camera_id",
    "disease_id",
    "laterality",
    "mydriatic",
    "pregraded",
    "graded",
)


def count(apps, schema_editor):
    image_model = apps.get_model("uploads", "FundusImage")
    tally_model = apps.get_model("uploads", "ImageTally")
    total_model = apps.get_model("uploads", "ImageTotal")
    word_model = apps.get_model("uploads", "NameWord")
    for image in image_model.objects.order_by("pk").iterator(chunk_size=500):
        image.day = timezone.localdate(image.created_at)
        kind = {name: getattr(image, name) for name in KIND}
        total, _ = total_model.objects.get_or_create(**kind)
        tally, _ = tally_model.objects.get_or_create(day=image.day, total=total, **kind)
        for row in (total, tally):
            row.count += 1
            row.stored_bytes += image.stored_size
            row.save(update_fields=["count", "stored_bytes"])
        words = search_words(image.filename)
        image.tally, image.name_words = tally, "".join(f" {word}" for word in words)
        image.save(update_fields=["day", "tally", "name_words"])
        word_model.objects.bulk_create(word_model(word=word, image_id=image.pk) for word in words)


def uncount(apps, schema_editor):
    # Whoever counts again begins at nothing.
    images = apps.get_model("uploads", "FundusImage").objects
    images.update(day=None, tally=None, name_words="")
    for name in ("NameWord", "ImageTally", "ImageTotal"):
        apps.get_model("uploads", name).objects.all().delete()


def index_beginnings(apps, schema_editor):
    # SQLite compares bytes anyway.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX name_word_by_beginning ON uploads_nameword"
            " (word varchar_pattern_ops, image_id)"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX name_word_by_beginning")


class Migration(migrations.Migration):
    dependencies = [("uploads", "0003_lists_and_grades")]
    operations = [
        migrations.RunPython(count, uncount),
        migrations.RunPython(index_beginnings, drop_index),
    ]
