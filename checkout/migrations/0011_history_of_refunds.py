from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0010_keeping")]

    operations = [
        migrations.AddField(
            model_name="historyentry",
            name="refund",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="+",
                to="checkout.refund",
                verbose_name="refund",
            ),
        ),
    ]
