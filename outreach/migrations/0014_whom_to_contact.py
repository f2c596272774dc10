import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_copies"),
        ("outreach", "0013_letters_of_ours"),
        ("patrons", "0007_pulse_consent"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contactreason",
            name="because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "nothing said"),
                    ("too_soon", "we were in touch just now"),
                    ("knows", "knows it already"),
                    ("does_not_fit", "does not fit this reader"),
                    ("no_time", "no time for it"),
                ],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="ending",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "open"),
                    ("wrote", "wrote"),
                    ("called", "talked on the phone"),
                    ("ticket", "gave a place or a ticket"),
                    ("done", "dealt with otherwise"),
                    ("not_now", "not now"),
                    ("settled", "settled by itself"),
                ],
                default="",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="facts",
            field=models.JSONField(default=dict, help_text="What the sentence says, e.g. the name of a book or a day."),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="hand",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Whose list it is on; None: that of everybody who may see the reader.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="letter",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                help_text="Begun for it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="outreach.request",
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="reader_factor",
            field=models.FloatField(default=1.0, help_text="How this reader took what we began before."),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="strength",
            field=models.FloatField(default=1.0, help_text="How strongly the facts speak, 0 to 1."),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="title",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="catalog.title"
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="welcomed",
            field=models.BooleanField(
                blank=True, help_text="Whether the reader answered; None: nobody knows.", null=True
            ),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="worth",
            field=models.FloatField(default=0.0, help_text="Expected good for each minute of work."),
        ),
        migrations.AlterField(
            model_name="contactreason",
            name="closed_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="contactreason",
            name="kind",
            field=models.CharField(
                choices=[
                    ("could_not_get", "could not get a pick"),
                    ("pick_there", "a book they could not get is here"),
                    ("need_met", "what they asked for is there now"),
                    ("new_title", "a new book by an author they loved"),
                    ("not_thanked", "not thanked yet"),
                    ("drifting", "slipping away"),
                    ("back", "back after a long time"),
                    ("first_days", "new here"),
                    ("card_ends", "the card ends soon"),
                    ("anniversary", "an anniversary with the library"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="contactreason",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["hand", "-worth", "id"], name="contact_open"
            ),
        ),
        migrations.AddIndex(
            model_name="contactreason",
            index=models.Index(
                condition=models.Q(("welcomed__isnull", False)),
                fields=["closed_at", "kind", "welcomed"],
                name="contact_judged",
            ),
        ),
        migrations.AddIndex(
            model_name="contactreason",
            index=models.Index(fields=["closed_by", "-closed_at"], name="contact_closed"),
        ),
        migrations.AddIndex(
            model_name="contactreason",
            index=models.Index(condition=models.Q(("letter__isnull", False)), fields=["letter"], name="contact_letter"),
        ),
    ]
