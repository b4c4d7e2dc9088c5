from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visitor", models.CharField(max_length=64)),
                ("scenario", models.CharField(max_length=40)),
                ("number", models.PositiveIntegerField()),
                ("seed", models.BigIntegerField(help_text="of the order in which the options are shown")),
                ("rubric", models.PositiveIntegerField()),
                ("result", models.TextField(blank=True, default="")),
                ("started", models.DateTimeField(auto_now_add=True)),
                ("finished", models.DateTimeField(default=None, null=True)),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("visitor", "scenario", "number"), name="one_attempt_for_each_number"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("finished", None)),
                        fields=("visitor", "scenario", "rubric"),
                        name="one_unfinished_attempt_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.PositiveSmallIntegerField()),
                ("option", models.CharField(max_length=40)),
                ("number", models.PositiveSmallIntegerField()),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="quizzes.attempt"
                    ),
                ),
            ],
            options={
                "ordering": ["part", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("attempt", "part", "number"), name="one_answer_for_each_try"),
                    models.UniqueConstraint(fields=("attempt", "part", "option"), name="one_try_for_each_option"),
                ],
            },
        ),
    ]
