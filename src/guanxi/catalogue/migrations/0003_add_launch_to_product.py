from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_add_margin_references"),
    ]

    operations = [
        migrations.AddField(
            model_name="product",
            name="edition",
            field=models.CharField(
                blank=True, help_text="season or limited, where that matters (J-14).", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="product",
            name="launches_on",
            field=models.DateField(
                blank=True, help_text="Day on which it goes on sale; some may have it first.", null=True
            ),
        ),
    ]
