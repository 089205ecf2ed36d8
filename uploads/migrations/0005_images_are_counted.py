import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("uploads", "0004_count_images")]

    operations = [
        migrations.AlterField(
            model_name="fundusimage",
            name="day",
            field=models.DateField(editable=False),
        ),
        migrations.AlterField(
            model_name="fundusimage",
            name="tally",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="images",
                to="uploads.imagetally",
            ),
        ),
    ]
