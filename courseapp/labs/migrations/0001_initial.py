from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import courseapp.web.ids


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar[list[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Lab",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=courseapp.web.ids.new_id,
                        editable=False,
                        max_length=22,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("content", models.CharField(blank=True, help_text="slug of the course's lab", max_length=80)),
                ("architecture", models.JSONField()),
                ("seed", models.BigIntegerField()),
                ("owner", models.CharField(db_index=True, help_text="the visitor's token, hashed", max_length=64)),
                ("opens_at_ms", models.BigIntegerField(default=0)),
                ("opening", models.PositiveIntegerField(default=0, help_text="how many commands each run begins with")),
                (
                    "run_from",
                    models.PositiveIntegerField(
                        default=0, help_text="sequence before the first command of the present run"
                    ),
                ),
                ("mark_ms", models.BigIntegerField(default=0)),
                ("speed", models.FloatField(default=1.0)),
                ("skip_idle", models.BooleanField(default=False)),
                ("running", models.BooleanField(default=False)),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("lease_owner", models.CharField(blank=True, default="", max_length=120)),
                ("lease_until", models.BigIntegerField(default=0)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("touched", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="LoggedCommand",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveIntegerField()),
                ("at_ms", models.BigIntegerField()),
                ("action", models.CharField(max_length=40)),
                ("target", models.JSONField()),
                ("parameters", models.JSONField(default=dict)),
                (
                    "lab",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="commands", to="labs.lab"
                    ),
                ),
            ],
            options={
                "ordering": ["sequence"],
                "constraints": [
                    models.UniqueConstraint(fields=("lab", "sequence"), name="one_command_for_each_sequence")
                ],
            },
        ),
    ]
