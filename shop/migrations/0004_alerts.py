from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0003_limits")]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                ("at", models.DateTimeField(verbose_name="at")),
            ],
            options={"verbose_name": "sign of life", "verbose_name_plural": "signs of life"},
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("noticed_at", models.DateTimeField(verbose_name="noticed")),
                ("told_at", models.DateTimeField(blank=True, null=True, verbose_name="told")),
                ("over_at", models.DateTimeField(blank=True, null=True, verbose_name="over")),
                ("said", models.CharField(blank=True, max_length=300, verbose_name="said")),
            ],
            options={
                "verbose_name": "alert",
                "verbose_name_plural": "alerts",
                "ordering": ["-noticed_at", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("over_at__isnull", True)), fields=("name",), name="one_open_alert"
                    )
                ],
            },
        ),
    ]
