"""What a venue wants to know of a ticket or an order, in its own words, and what its box office did not take of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from catalog.models import ProviderAccount

LONGEST = 500  # characters that are read back of one answer
USUAL = 100


class NoteQuestion(models.Model):
    """One question to buyers. `label` is the venue's name of it in its box office, with its spaces and capitals."""

    class Level(models.TextChoices):
        TICKET = "ticket", _("each ticket")
        ORDER = "order", _("the whole order")

    class Kind(models.TextChoices):
        TEXT = "text", _("text")
        CHOICE = "choice", _("one of a list")
        YES = "yes", _("yes or no")

    account = models.ForeignKey(
        ProviderAccount, on_delete=models.CASCADE, related_name="+", verbose_name=_("account")
    )
    level = models.CharField(
        _("asked about"), max_length=8, choices=Level.choices, default=Level.TICKET,
        help_text=_("Questions about the whole order are asked only where the account’s ORDER_ATTRIBUTES is on."),
    )  # fmt: skip
    label = models.CharField(
        _("name in the box office"), max_length=100,
        help_text=_("Exactly as in the settings of the box office, with the same spaces and capitals. There it must "
                    "be marked as visible in the API."),
    )  # fmt: skip
    words = models.CharField(
        _("question"), max_length=150, help_text=_("What the buyer reads, for example: Name on the ticket")
    )
    hint = models.CharField(
        _("hint"), max_length=250, blank=True, help_text=_("One short sentence below the question.")
    )
    kind = models.CharField(_("kind of answer"), max_length=8, choices=Kind.choices, default=Kind.TEXT)
    choices = models.TextField(
        _("list"),
        blank=True,
        help_text=_("For “one of a list”: one answer a line, as the box office spells it."),
    )
    required = models.BooleanField(
        _("must be answered"), default=False,
        help_text=_("Nobody can pay before. Of a yes or no: the buyer has to say yes."),
    )  # fmt: skip
    longest = models.PositiveSmallIntegerField(
        _("most characters"), default=USUAL, help_text=_("Of a text; at most 500.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    active = models.BooleanField(_("is asked"), default=True)

    class Meta:
        ordering = ["account", "level", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "level", "label"], name="one_question_a_label")
        ]
        verbose_name = _("question to buyers")
        verbose_name_plural = _("questions to buyers")

    def __str__(self) -> str:
        return self.words

    @property
    def listed(self) -> list[str]:
        """The answers to choose from."""
        return list(dict.fromkeys(filter(None, (" ".join(one.split()) for one in self.choices.splitlines()))))


class LostNote(models.Model):
    """Answers under a label that the box office did not take: for staff, without the answers.

    One row for a label until it is `handled`; the answers themselves are with the orders.
    """

    account = models.ForeignKey(
        ProviderAccount, on_delete=models.CASCADE, related_name="+", verbose_name=_("account")
    )
    level = models.CharField(_("asked about"), max_length=8, choices=NoteQuestion.Level.choices)
    label = models.CharField(_("name in the box office"), max_length=100)
    reason = models.CharField(_("reason"), max_length=40)  # code of `shop.problems`
    times = models.PositiveIntegerField(_("times"), default=1)
    first_at = models.DateTimeField(_("first"))
    last_at = models.DateTimeField(_("last"))
    handled = models.BooleanField(_("dealt with"), default=False)

    class Meta:
        ordering = ["handled", "-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "level", "label"],
                condition=models.Q(handled=False),
                name="one_open_row_a_label",
            )
        ]
        verbose_name = _("answer that was not taken")
        verbose_name_plural = _("answers that were not taken")

    def __str__(self) -> str:
        return self.label
