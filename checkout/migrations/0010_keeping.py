from django.db import migrations, models

import shop.crypto


class Migration(migrations.Migration):
    dependencies = [("checkout", "0009_knock_moves")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="erase_asked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="deletion asked for"),
        ),
        migrations.AddField(
            model_name="order",
            name="masked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="personal data deleted"),
        ),
        migrations.AddField(
            model_name="mail",
            name="sent_to",
            field=shop.crypto.EncryptedTextField(blank=True, default="", verbose_name="sent to"),
        ),
        migrations.AddField(
            model_name="mail",
            name="message_id",
            field=models.CharField(blank=True, db_index=True, max_length=200, verbose_name="message id"),
        ),
        migrations.AddField(
            model_name="mail",
            name="bounced_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="came back"),
        ),
        migrations.AddField(
            model_name="mail",
            name="bounce",
            field=models.CharField(blank=True, max_length=30, verbose_name="why it came back"),
        ),
    ]
