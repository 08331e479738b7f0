import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import shop.crypto


class Migration(migrations.Migration):
    """What staff sign in with beside the password; knocks come over from checkout with their table."""

    dependencies = [("shop", "0004_alerts"), ("checkout", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                ("secret", shop.crypto.EncryptedTextField(verbose_name="secret")),
                ("last_step", models.BigIntegerField(default=-1, editable=False, verbose_name="last step")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                (
                    "user",
                    models.ForeignKey(
                        help_text="The user that this device belongs to.",
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "authenticator", "verbose_name_plural": "authenticators"},
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", shop.crypto.EncryptedTextField(verbose_name="code")),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="used")),
                (
                    "authenticator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="shop.authenticator",
                        verbose_name="authenticator",
                    ),
                ),
            ],
            options={"verbose_name": "recovery code", "verbose_name_plural": "recovery codes"},
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Knock",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(db_index=True, max_length=64, verbose_name="key")),
                        ("at", models.DateTimeField(db_index=True, verbose_name="at")),
                    ],
                    options={
                        "verbose_name": "knock",
                        "verbose_name_plural": "knocks",
                        "db_table": "checkout_knock",
                    },
                ),
            ]
        ),
        migrations.AddIndex(
            model_name="knock",
            index=models.Index(fields=["key", "at"], name="knock_key_at"),
        ),
    ]
