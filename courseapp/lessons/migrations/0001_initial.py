from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: ClassVar[list[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="LabVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visitor", models.CharField(max_length=64)),
                ("lab", models.CharField(max_length=80)),
                ("done", models.BooleanField(default=False)),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("touched", models.DateTimeField(auto_now=True)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("visitor", "lab"), name="one_visit_per_lab")]},
        ),
        migrations.CreateModel(
            name="PredictionAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("visitor", models.CharField(max_length=64)),
                ("lab", models.CharField(max_length=80)),
                ("prediction", models.CharField(max_length=80)),
                ("given", models.CharField(max_length=40)),
                ("right", models.BooleanField(null=True)),
                ("belief", models.CharField(blank=True, max_length=80)),
                ("created", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("visitor", "lab", "prediction"), name="one_answer_per_prediction")
                ]
            },
        ),
    ]
