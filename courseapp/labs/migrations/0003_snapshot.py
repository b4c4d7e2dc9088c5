from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("labs", "0002_rests_at")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "lab",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="snapshot",
                        serialize=False,
                        to="labs.lab",
                    ),
                ),
                ("engine", models.CharField(max_length=64)),
                ("run_from", models.PositiveIntegerField()),
                ("at_ms", models.BigIntegerField()),
                ("state", models.BinaryField()),
            ],
        ),
    ]
