from django.db import migrations


class Migration(migrations.Migration):
    """Who may give money back, and who may have a message handled again."""

    dependencies = [
        ("checkout", "0006_other_route"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="inboxmessage",
            options={
                "ordering": ["-received_at", "-id"],
                "permissions": [("replay", "Can have a message handled again")],
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
        migrations.AlterModelOptions(
            name="refund",
            options={
                "ordering": ["payment_id", "id"],
                "permissions": [("refund", "Can give money back")],
                "verbose_name": "refund",
                "verbose_name_plural": "refunds",
            },
        ),
    ]
