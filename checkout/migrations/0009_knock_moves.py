from django.db import migrations


class Migration(migrations.Migration):
    """Knocks are counted for every room now: the table stays as it is and belongs to the shop."""

    dependencies = [("checkout", "0007_till_rights")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Knock")]),
    ]
