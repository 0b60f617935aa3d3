from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_add_traits_referrals_stock_and_merges")]

    operations = [migrations.AddField("note", "uid", models.UUIDField(default=uuid4, editable=False, null=True))]
