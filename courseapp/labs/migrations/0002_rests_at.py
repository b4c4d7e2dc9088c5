from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar[list[tuple[str, str]]] = [("labs", "0001_initial")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="lab",
            name="rests_at_ms",
            field=models.BigIntegerField(default=0, help_text="where the clock stands when a run begins"),
        ),
    ]
