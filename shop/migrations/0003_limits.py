from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("shop", "0002_callcount")]

    operations = [
        migrations.AddField(
            model_name="ratebudget",
            name="not_before",
            field=models.DateTimeField(blank=True, null=True, verbose_name="the provider asked to wait until"),
        ),
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account", models.CharField(max_length=60, unique=True, verbose_name="account")),
                ("failures", models.PositiveIntegerField(default=0, verbose_name="failures in a row")),
                ("first_at", models.DateTimeField(blank=True, null=True, verbose_name="first of them")),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="left alone since")),
                ("next_try_at", models.DateTimeField(blank=True, null=True, verbose_name="next try")),
                ("changed_at", models.DateTimeField(blank=True, null=True, verbose_name="last failed try")),
                ("times", models.PositiveIntegerField(default=0, verbose_name="failed tries")),
                ("last_error", models.CharField(blank=True, max_length=40, verbose_name="last error")),
            ],
            options={
                "verbose_name": "circuit breaker",
                "verbose_name_plural": "circuit breakers",
            },
        ),
    ]
