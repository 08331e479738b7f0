from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CallCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=60, verbose_name="account")),
                ("hour", models.DateTimeField(verbose_name="hour")),
                ("calls", models.PositiveIntegerField(default=0, verbose_name="calls")),
                ("failed", models.PositiveIntegerField(default=0, verbose_name="failed")),
                ("milliseconds", models.PositiveBigIntegerField(default=0, verbose_name="milliseconds")),
            ],
            options={
                "verbose_name": "calls of an hour",
                "verbose_name_plural": "calls by the hour",
                "ordering": ["-hour", "account"],
                "constraints": [models.UniqueConstraint(fields=("account", "hour"), name="call_count_once")],
            },
        ),
    ]
