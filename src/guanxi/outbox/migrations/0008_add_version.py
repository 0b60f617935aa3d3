from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outbox', '0007_add_priority'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='version',
            field=models.PositiveIntegerField(blank=True, help_text='Of the letter that left.', null=True),
        ),
    ]
